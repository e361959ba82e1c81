"""Remembers what came before in memory that does not grow: a Bloom filter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]

#: 2 to the power of this many words of 64 bits: 16 MiB. With 10 million values in it, about one new value in
#: a hundred seems to be known; with 30 million, one in five.
_POWER = 21
#: Bits of a hash that choose a bit within the word, four times.
_CHOICES = (40, 46, 52, 58)


class Seen:
    """Hashes of 64 bits that were met. One that was met is always known; one that was not, mostly not."""

    def __init__(self) -> None:
        self._words = np.zeros(1 << _POWER, dtype=np.uint64)

    def meet(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Remembers the hashes and returns those that may have been met before, also earlier among them."""
        word = (hashes & np.uint64((1 << _POWER) - 1)).astype(np.int64)
        bits = np.zeros(len(hashes), dtype=np.uint64)
        for choice in _CHOICES:
            bits |= np.uint64(1) << ((hashes >> np.uint64(choice)) & np.uint64(63))
        is_known: npt.NDArray[np.bool_] = (self._words[word] & bits) == bits
        np.bitwise_or.at(self._words, word, bits)
        again: npt.NDArray[np.bool_] = is_known | ~pl.Series(hashes).is_first_distinct().to_numpy()
        return again
