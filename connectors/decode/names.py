"""Cleans names of persons: one form for the separator dot and for blanks, everything else as written.

A mark in place of a lost character (``?``, ``*``, ``〓``, private use) stays, and the comparison of names
treats it as a wildcard. A name of stars and boxes only, or one that was decoded by a wrong table, is invalid.
U+FFFD (undecodable bytes) sends a row to quarantine.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from connectors.decode.characters import is_garbled_name
from connectors.decode.text import EXCEL_ERROR, Cleaned, DecodeContext, differs, mask_of, scatter

_PLAIN = r"^[\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}]{1,100}$"
#: Bullets, katakana dots, full-width and ASCII full stops: all stand for the separator of a foreign name,
#: also where it is written several times or between blanks.
_DOTS = r"(?:\s*[·•‧∙・．.･⋅⸱ꞏ⦁∘◦˙ˑ᛫ᐧ⸳。｡])+\s*"
#: A dot between two parts of a name; at its end it stands for a lost character. So do hyphens between Han.
_BULLET = r"([^\s●])\s*(?:●\s*)+([^\s●])"
_HYPHEN_OF_HAN = r"(\p{Han})\s*[-—]+\s*(\p{Han})"
#: One form for the signs of Latin names.
_SIGNS = {**dict.fromkeys("’‘´`ʼʹ′＇", "'"), **dict.fromkeys("‐‑‒–−－", "-")}
#: No Chinese character has an accent: an accent behind one was left by a converter.
_ACCENT_OF_HAN = r"(\p{Han})\p{Mn}+"
_HAN = r"\p{Han}"
#: At least one character that can be part of a name: a letter, a ``?`` or a private-use character.
_NAMELIKE = r"[\p{L}?\x{E000}-\x{F8FF}]"
_LONGEST = 100
#: Characters encoded for a web page or an address (``&#39532;``, ``%E9%A9%AC``), and tags: the text is not
#: the plain name.
_ESCAPED = (
    r"</?[A-Za-z][A-Za-z0-9]*\s*/?>|&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});"
    r"|(?:%[0-9A-Fa-f]{2}){2}|\\u[0-9A-Fa-f]{4}"
)
#: The text a workbook's boolean cell becomes.
_BOOLEAN = r"^(?i:true|false)$"


def clean_name(received: pl.Series, context: DecodeContext) -> Cleaned:
    """Reads names in NFKC with ``·`` as the only separator; blanks go, except single ones in Latin names."""
    bad = is_garbled_name(received)
    odd = np.flatnonzero(mask_of(received.is_not_null() & ~received.str.contains(_PLAIN)))
    values, changed = received, None
    if len(odd):
        odd_texts = received.gather(odd)
        texts = _in_one_form(odd_texts)
        changed = np.zeros(len(received), dtype=bool)
        changed[odd] = differs(texts, odd_texts)
        bad[odd] |= ~mask_of(texts.str.contains(_NAMELIKE) & (texts.str.len_chars() <= _LONGEST))
        bad[odd] |= mask_of(texts.str.contains(_ESCAPED))
        bad[odd] |= mask_of(odd_texts.str.contains(EXCEL_ERROR))
        if context.excel:
            bad[odd] |= mask_of(texts.str.contains(_BOOLEAN))
        values = scatter(received, odd, texts)
    return Cleaned(values, [(bad, "name_invalid")] if bad.any() else [], changed)


def _in_one_form(names: pl.Series) -> pl.Series:
    # NFKC makes a blank and an accent of some of these
    texts = names.str.replace_many(_SIGNS).str.replace_all(_DOTS, "·").str.normalize("NFKC")
    for pattern in (_BULLET, _HYPHEN_OF_HAN):
        # once more, for a part of one character stands between two of them
        texts = texts.str.replace_all(pattern, "$1·$2").str.replace_all(pattern, "$1·$2")
    texts = (
        texts.str.replace_all(_DOTS, "·").str.replace_all(_ACCENT_OF_HAN, "$1").str.replace_all(r"\s+", " ")
    )
    texts = texts.str.strip_chars(" ·")
    han = np.flatnonzero(mask_of(texts.str.contains(_HAN)))
    texts = scatter(texts, han, texts.gather(han).str.replace_all(" ", "", literal=True))
    return scatter(texts, np.flatnonzero(mask_of(texts == "")), None)
