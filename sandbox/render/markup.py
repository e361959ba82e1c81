"""Writes XML documents of banks and insurers, and the inner documents of SOAP answers."""

from __future__ import annotations

import polars as pl

from connectors.catalogue.model import Feed
from sandbox.render.delimited import encode
from sandbox.render.sheet import Sheet


def records(sheet: Sheet, tag: str) -> list[str]:
    """Returns one element per row, in order."""
    parts = [pl.lit(f"<{tag}>"), *(_element(name) for name in sheet.rows.columns), pl.lit(f"</{tag}>")]
    if not sheet.rows.height:
        return []
    return sheet.rows.select(pl.concat_str(parts).alias("record"))["record"].to_list()


def _element(name: str) -> pl.Expr:
    value = pl.col(name).str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
    filled = pl.concat_str(pl.lit(f"<{name}>"), value, pl.lit(f"</{name}>"))
    return pl.when(pl.col(name).is_null()).then(pl.lit(f"<{name}/>")).otherwise(filled)


def xml_bytes(feed: Feed, sheet: Sheet, *, wrong_total: bool) -> bytes:
    """Returns the sheet as an XML reply."""
    form = feed.format
    items = records(sheet, (form.record if form else None) or "item")
    code = (form.code if form else None) or "code"
    total = len(items) + (1 if wrong_total else 0)
    text = "\n".join(
        [
            f'<?xml version="1.0" encoding="{feed.encoding.upper()}"?>',
            f"<resp><{code}>0000</{code}><msg/><total>{total}</total><list>",
            *items,
            "</list></resp>",
        ]
    )
    return encode(_as_references(text, feed.encoding), feed.encoding)


def _as_references(text: str, encoding: str) -> str:
    """Writes characters that GBK lacks as numeric references; other encodings need none."""
    if encoding.lower() not in ("gbk", "gb2312"):
        return text
    return text.encode(encoding, errors="xmlcharrefreplace").decode(encoding)


def result(items: list[str], total: int | None = None, code: str = "0000", message: str = "") -> str:
    """Returns the inner document of a SOAP answer. It calls itself GBK whatever the envelope is."""
    counted = "" if total is None else f"<TOTAL>{total}</TOTAL>"
    told = f"<MSG>{message}</MSG>" if message else "<MSG/>"
    rows = "".join(items)
    return (
        '<?xml version="1.0" encoding="GBK"?>'
        f"<RESULT><CODE>{code}</CODE>{told}{counted}<ROWS>{rows}</ROWS></RESULT>"
    )
