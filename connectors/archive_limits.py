"""Decides when packed bytes unpack to so much that they are an attack, not a delivery."""

from __future__ import annotations

#: Text compresses 5 to 20 times, blank-padded text some 60; beyond this it is a bomb.
HIGHEST_RATIO = 200
#: Below this many bytes the ratio says nothing.
SMALL = 1024 * 1024
#: The largest file taken out of an archive (bytes).
LARGEST_MEMBER = 16 * 1024**3


def is_out_of_proportion(size: int, compressed: int) -> bool:
    """Tells whether ``size`` bytes unpacked from ``compressed`` bytes are a decompression bomb."""
    return size > LARGEST_MEMBER or (size > SMALL and size > HIGHEST_RATIO * max(compressed, 1))
