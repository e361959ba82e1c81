"""Names of persons: one form for the separator dot and for blanks, everything else as written.

A ``?`` or a private-use character stays: it marks the place where GBK lost a rare character, and the
comparison of names treats it as a wildcard. Only U+FFFD (undecodable bytes) sends a row to quarantine.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.decode.text import Cleaned, Context, differs, mask_of, put

_PLAIN = r"^[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}]{1,100}$"
#: Bullets, katakana dots, full-width and ASCII full stops: all stand for the separator of a foreign name,
#: also where it is written several times or between blanks.
_DOTS = r"(?:\s*[·•‧∙・．.●･⋅⸱ꞏ⦁])+\s*"
_HAN = r"\p{Han}"
#: At least one character that can be part of a name: a letter, a wildcard or a private-use character.
_NAMELIKE = r"[\p{L}?\x{E000}-\x{F8FF}]"
_LONGEST = 100
#: What a workbook's boolean cell becomes.
_BOOLEAN = r"^(?i:true|false)$"


def clean_name(received: pl.Series, context: Context) -> Cleaned:
    """Names in NFKC with ``·`` as the only separator; blanks go, except single ones in Latin names."""
    odd = np.flatnonzero(mask_of(received.is_not_null() & ~received.str.contains(_PLAIN)))
    if not len(odd):
        return Cleaned(received)
    texts = received.gather(odd).str.normalize("NFKC").str.replace_all(r"\p{Cf}", "")
    texts = texts.str.replace_all(_DOTS, "·").str.replace_all(r"\s+", " ").str.strip_chars(" ·")
    han = np.flatnonzero(mask_of(texts.str.contains(_HAN)))
    texts = put(texts, han, texts.gather(han).str.replace_all(" ", "", literal=True))
    texts = put(texts, np.flatnonzero(mask_of(texts == "")), None)
    changed = np.zeros(len(received), dtype=bool)
    changed[odd] = differs(texts, received.gather(odd))
    bad = np.zeros(len(received), dtype=bool)
    bad[odd] = ~mask_of(texts.str.contains(_NAMELIKE) & (texts.str.len_chars() <= _LONGEST))
    if context.excel:
        bad[odd] |= mask_of(texts.str.contains(_BOOLEAN))
    problems = [(bad, "name_invalid")] if bad.any() else []
    return Cleaned(put(received, odd, texts), problems, changed)
