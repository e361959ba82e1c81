"""Writes the folding of traditional characters anew, from OpenCC (Apache License 2.0).

The one place it is kept is ``dbt_project/macros/engine/folding.sql``. The database function has the
same literals (``warehouse/schema/objects/identity/fold_name.sql``); a test compares the two.
OpenCC is no part of the hub. In an environment of its own::

    python -m venv /tmp/opencc && /tmp/opencc/bin/pip install opencc==1.4.2 numpy polars
    PYTHONPATH=. /tmp/opencc/bin/python tests/dbt/make_folding.py

Prints the two literals, each on a line: what is folded, and to what.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from connectors.decode.characters import IDEOGRAPHS, RADICALS

#: The unified ideographs: the first block, extension A, and those beyond the basic plane.
_BLOCKS = ((0x4E00, 0xA000), (0x3400, 0x4DC0), (0x20000, 0x323B0))


def pairs() -> dict[str, str]:
    """Character -> its simplified form, where that is one character and folds no further.

    OpenCC's ``t2s``, and of ``hk2s`` the forms of Hong Kong that ``t2s`` leaves alone (衞).
    """
    opencc: Any = importlib.import_module("opencc")
    folded: dict[str, str] = {}
    for table in ("hk2s", "t2s"):
        convert = opencc.OpenCC(table).convert
        for first, end in _BLOCKS:
            for character in map(chr, range(first, end)):
                simple = convert(character)
                if simple != character and len(simple) == 1:
                    folded[character] = simple
    once = {one: simple for one, simple in folded.items() if simple not in folded}
    return once | {one: once.get(seen, seen) for one, seen in zip(RADICALS, IDEOGRAPHS, strict=True)}


if __name__ == "__main__":
    found = pairs()
    sys.stdout.write("".join(found) + "\n" + "".join(found.values()) + "\n")
