"""Handles characters that only look right: what cleaning removes or replaces, and what shows damage.

The one place for all columns. ``clean_characters`` is applied to every value before anything else looks at
it; ``fold`` prepares what is compared or parsed; ``LOST`` and ``is_garbled`` show damage.
"""

from __future__ import annotations

import codecs
from functools import cache

import numpy as np
import polars as pl

from connectors.decode.row_masks import Bools, mask_of, scatter

#: Invisible characters: format characters (zero-width, BOM, soft hyphen, direction marks), variation
#: selectors, and the blank fillers of other scripts.
INVISIBLE = (
    r"[\p{Cf}\x{FE00}-\x{FE0F}\x{E0100}-\x{E01EF}\x{034F}\x{115F}\x{1160}\x{17B4}\x{17B5}"
    r"\x{180B}-\x{180F}\x{2800}\x{3164}\x{FFA0}]"
)
#: CJK radicals supplement and the ideograph each looks like (Unicode's EquivalentUnifiedIdeograph): PDF
#: converters write them. NFKC knows the Kangxi radicals and only two of these.
RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺈⺉⺊⺋⺌⺍⺎⺏⺐⺒⺓⺔⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺫⺬⺭⺯⺰⺱⺲⺳⺴⺶⺹⺺⺻⺼⺾⺿⻀⻁⻂⻃⻄"
    "⻅⻆⻈⻉⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
)
IDEOGRAPHS = (
    "厂乛乚乙亻冂刀刂卜㔾小小兀尣尢巳幺彑忄心扌攵旡日月歺母民氵氺灬爫爫丬牛犭王目示礻糹纟罓罒㓁冗羊耂肀聿肉艹艹艹虎衤覀西"
    "见角讠贝车辶辶辶邑钅長镸长门阝雨青韦页风飞食飠饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)
#: Radicals and compatibility ideographs: other codes of characters that people see.
_LOOKALIKE = r"[\x{2E80}-\x{2FDF}\x{F900}-\x{FAFF}\x{2F800}-\x{2FA1F}]"

#: Stands where a character was lost: question marks (that of Oracle is turned over), star, the boxes of
#: converters, U+FFFC and U+FFFD, and private use (user-defined characters of GBK). The inside of a bracket
#: expression.
LOST = r"\?\*¿〓□■▢-▫▯◻-◾⬚⬛⬜\x{FFFC}\x{FFFD}\x{E000}-\x{F8FF}\x{F0000}-\x{10FFFD}"
#: In a name every sign that only holds a place is such a mark, too; a number may have it. The macro
#: `damaged_class` of the dbt project and hub/linkage/model.py have the same characters.
LOST_IN_NAMES = LOST + r"#@_¤×▀-◿☐-☒✕-✘⊠╳〿"

REPLACEMENT = "\ufffd"

#: Undecodable bytes written as U+FFFD and read again as GBK; uninitialised memory of Windows programs.
_KNOWN_GARBAGE = r"锟斤|斤拷|拷锟|锘縷|烫烫烫|屯屯屯|葺葺葺|ï»¿|â€"
_CONTINUATION = (
    r"[\x{80}-\x{B6}\x{B8}-\x{BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ"
    r"\x{2018}\x{2019}\x{201C}\x{201D}•–—˜™š›œžŸ]"
)
#: UTF-8 read as Latin-1 or Windows-1252: a lead byte of a Han character and what follows (``æ¬§``).
_UTF8_AS_LATIN = rf"[ãäåæçèé]{_CONTINUATION}"
#: GBK read as Latin-1: nothing but letters from the upper half (``ÕÅÈý``).
_GBK_AS_LATIN = r"^(?:[\x{A1}-\x{FE}]{2}){2,}$"


#: Name of the error handler for bytes that the declared encoding does not know.
UNKNOWN_BYTES = "hub_unknown_bytes"


def _unknown_bytes(error: UnicodeError) -> tuple[str, int]:
    """Decodes a user-defined character of GBK to its private-use code, which marks a lost one; all else to
    U+FFFD.
    """
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.encoding == "gbk":
        two = error.object[error.start : error.start + 2].decode("gb18030", "ignore")
        if len(two) == 1 and "\ue000" <= two <= "\uf8ff":
            return two, error.start + 2
    return REPLACEMENT, error.end


codecs.register_error(UNKNOWN_BYTES, _unknown_bytes)


def clean_characters(texts: pl.Series) -> pl.Series:
    """Removes invisible characters and puts the ideographs that lookalikes stand for."""
    if mask_of(texts.str.len_bytes() == texts.str.len_chars()).sum() + texts.null_count() == len(texts):
        return texts
    rows = np.flatnonzero(mask_of(texts.str.contains(INVISIBLE)))
    if len(rows):
        texts = scatter(texts, rows, texts.gather(rows).str.replace_all(INVISIBLE, ""))
    rows = np.flatnonzero(mask_of(texts.str.contains(_LOOKALIKE)))
    if len(rows):
        texts = scatter(texts, rows, texts.gather(rows).str.replace_many(_lookalikes()))
    return texts


def fold(texts: pl.Series) -> pl.Series:
    """Cleans texts, converts them to NFKC and strips blanks, to compare them with a vocabulary or parse
    them.
    """
    return clean_characters(texts).str.normalize("NFKC").str.strip_chars()


#: In an identifier these are ways to write one sign: full width, hyphens, blanks.
_WIDE = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_ONE_SIGN = {
    **_WIDE,
    **dict.fromkeys("‐‑‒–−﹣－", "-"),
    **dict.fromkeys("\u3000\xa0\u2002\u2003\u2009\u202f", " "),
}
_OTHER_SIGN = "[" + "".join(_ONE_SIGN) + r"\p{Mn}]|  "


def fold_identifiers(identifiers: pl.Series) -> pl.Series:
    """Gives identifiers that look alike one form: ASCII for full-width characters, one hyphen, single
    blanks.
    """
    rows = np.flatnonzero(mask_of(identifiers.str.contains(_OTHER_SIGN)))
    if not len(rows):
        return identifiers
    unified = identifiers.gather(rows).str.replace_many(_ONE_SIGN).str.replace_all(r" {2,}", " ")
    return scatter(identifiers, rows, unified.str.normalize("NFC").str.strip_chars())


@cache
def _lookalikes() -> dict[str, str]:
    codes = (*range(0x2F00, 0x2FD6), 0x2E9F, 0x2EF3, *range(0xF900, 0xFB00), *range(0x2F800, 0x2FA1E))
    one = pl.Series([chr(code) for code in codes])
    pairs = zip(one, one.str.normalize("NFKC"), strict=True)
    han = {a: b for a, b in pairs if a != b and len(b) == 1 and ord(b) >= 0x3400}
    return {**han, **dict(zip(RADICALS, IDEOGRAPHS, strict=True))}


def is_garbled(texts: pl.Series) -> Bools:
    """Returns the rows whose whole text was decoded by a wrong table: no letter of it is what was written."""
    found = mask_of(
        texts.str.contains(f"{_KNOWN_GARBAGE}|{_UTF8_AS_LATIN}(?:{_CONTINUATION}|·)|{_GBK_AS_LATIN}")
    )
    maybe = np.flatnonzero(mask_of(texts.str.contains(_utf8_as_gbk_leads())))
    for row in maybe:
        found[row] = found[row] or _is_utf8_as_gbk(texts[int(row)])
    return found


def is_garbled_name(names: pl.Series) -> Bools:
    """Returns the rows that are garbled as names: one Latin letter and one symbol are enough, as no name has
    a ``¼``.
    """
    return is_garbled(names) | mask_of(names.str.contains(_UTF8_AS_LATIN))


@cache
def _utf8_as_gbk_leads() -> str:
    """Characters that the first two bytes of Han in UTF-8 make in GBK, at the beginning or after ASCII."""
    leads = (bytes((a, b)).decode("gbk", "ignore") for a in range(0xE4, 0xEA) for b in range(0x80, 0xC0))
    return "(?:^|[\\x20-\\x7e])[" + "".join(leads) + "]."


def _is_utf8_as_gbk(text: str) -> bool:
    """Tells whether the text's bytes in GBK are UTF-8 of at least two characters that are commoner than it.

    The last bytes may have been lost. ``璩锋华`` is valid UTF-8, too, but only of characters nobody uses.
    """
    lost = text.rstrip("?*□\ufffd\ue5e5")
    try:
        # the byte 0x80 is no character of GBK; Windows shows a euro for it
        received = b"\x80".join(part.encode("gb18030") for part in lost.split("€"))
        decoder = codecs.getincrementaldecoder("utf-8")()
        told = decoder.decode(received)
    except (UnicodeDecodeError, UnicodeEncodeError):
        return False
    han = len([c for c in told if c >= "\u3400"])
    cut_off = lost != text and decoder.getstate()[0] != b""
    return han >= (1 if cut_off else 2) and _rarity(told) < _rarity(lost)


def _rarity(text: str) -> int:
    """Returns 0 if all characters are of everyday use, 1 if all are in GB 2312, else 2."""
    worst = 0
    for character in text:
        try:
            code = character.encode("gb2312")
        except UnicodeEncodeError:
            return 2
        worst = max(worst, 1 if len(code) == 2 and code[0] >= 0xD8 else 0)
    return worst
