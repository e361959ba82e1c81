"""Reads XML replies: files of the banks and insurers, and the inner documents of SOAP answers.

The text is decoded first, by the declared encoding; what the document says about itself is ignored. A byte
that cannot be decoded costs its row. Document types are refused: nobody has a good reason to send one.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from connectors.catalogue.model import Feed, Table
from connectors.decode.raw import RawChunk
from connectors.decode.readers.blocks import byte_blocks, refuse_utf8
from connectors.decode.readers.records import NoRecord, Record, chunks
from connectors.decode.readers.units import amount_units, append_units_to_record, other_units
from connectors.decode.text import SENTINEL
from connectors.envelope import parse_whole_number
from connectors.errors import BatchRejected

_READ_BYTES = 1 << 20
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = "<!DOCTYPE"
#: Characters XML cannot carry; they become the sentinel, and the row is set aside for it.
_FORBIDDEN = {c: SENTINEL for c in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)}
_REFERENCE = re.compile(r"&#(?:([0-9]{1,12})|x([0-9a-f]{1,12}));", re.IGNORECASE)
#: A reference is not cut between two pieces of text: what may be the beginning of one waits for the next.
_LONGEST_REFERENCE = 20
_HIGHEST, _SURROGATES = 0x10FFFF, range(0xD800, 0xE000)
#: The most elements since the last record, or within one. With more, a record was renamed or never ends.
_MOST_ELEMENTS = 100_000
_OTHERWISE = "is built otherwise than agreed, expected each element once and with nothing but text in it"
_GOOD_CODE = "0000"
#: A SOAP query's "asked, nothing on record".
_NONE_CODE = "0001"


def read_xml(feed: Feed, table: Table, path: Path) -> Iterator[RawChunk]:
    """Yields chunks of the records. Raises ``BatchRejected`` for a bad response code, total or document."""
    if feed.protocol == "soap":
        records = _answers(feed, path)
    else:
        records = _document(feed, path.name, _decoded(feed, path), (_GOOD_CODE,), check_total=True)
    return chunks(feed, table, records)


def _answers(feed: Feed, path: Path) -> Iterator[Record | NoRecord]:
    codes = (_GOOD_CODE, _NONE_CODE) if feed.mode == "query_reply" else (_GOOD_CODE,)
    number = 0
    for block in byte_blocks(path, feed.feed_id):
        for line in block.splitlines():
            if line.strip():
                number += 1
                yield from _document(feed, f"answer {number}", [_inner(feed, line, number)], codes)


def _inner(feed: Feed, line: bytes, number: int) -> str:
    try:
        inner = json.loads(line)
    except ValueError:
        inner = None
    if not isinstance(inner, str):
        raise BatchRejected(feed.feed_id, f"answer {number} was not landed as a JSON string")
    # half a surrogate pair, which JSON can write and no text can hold, becomes U+FFFD and costs its row
    return inner.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _decoded(feed: Feed, path: Path) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(feed.encoding)("replace")
    with path.open("rb") as file:
        while data := file.read(_READ_BYTES):
            if file.tell() == len(data):
                refuse_utf8(data, feed.encoding, path.name, feed.feed_id)
            yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _document(
    feed: Feed, name: str, pieces: Iterable[str], codes: tuple[str, ...], *, check_total: bool = False
) -> Iterator[Record | NoRecord]:
    """Yields the records of one document, after its response code was seen to be good."""
    form = feed.format
    record_tag = (form.record if form else None) or "item"
    code_tag = (form.code if form else None) or "CODE"
    parser = etree.XMLPullParser(
        events=("end",),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,  # a text with one in it would end there
        remove_pis=True,
    )
    code: str | None = None
    total: str | None = None
    count = wrong = 0
    units = {source: unit for table in feed.tables for source, unit in amount_units(table).items()}
    for element in _bounded(feed, name, record_tag, _elements(feed, name, parser, pieces)):
        tag = local_name(element.tag)
        if tag == record_tag:
            count += 1
            if code is None:
                raise BatchRejected(
                    feed.feed_id, f"{name} has records before its response code; ask for it again"
                )
            record = _checked(feed, name, element, count, units)
            wrong += isinstance(record, NoRecord)
            yield record
            _forget(element)
        elif tag == code_tag and _is_top(element):
            code = (element.text or "").strip()
            _check_code(feed, name, code, codes)
        elif tag == "total" and _is_top(element):
            total = (element.text or "").strip()
    if count and wrong == count:
        raise BatchRejected(feed.feed_id, f"{name}: record 1 {_OTHERWISE}; ask the publisher")
    if check_total:
        _check_total(feed, name, record_tag, total, count if code is not None else None)
    if code is None:
        raise BatchRejected(feed.feed_id, f"{name} has no response code <{code_tag}>; ask for it again")


def _checked(
    feed: Feed, name: str, element: etree._Element, count: int, units: dict[str, str]
) -> Record | NoRecord:
    if any(local_name(outer.tag) == local_name(element.tag) for outer in element.iterancestors()):
        raise BatchRejected(feed.feed_id, f"{name}: record {count} {_OTHERWISE}; ask the publisher")
    if not _is_flat(element):
        return NoRecord(f"found a record that {_OTHERWISE}", " ".join(map(str, element.itertext())))
    return _record(element, units)


def _check_total(feed: Feed, name: str, record_tag: str, total: str | None, count: int | None) -> None:
    """Compares the total with the records read.

    ``count`` is None without a response code; that is reported first.
    """
    if count is None:
        return
    if total is None:
        if count:
            return
        raise BatchRejected(
            feed.feed_id,
            f"{name} has neither a <{record_tag}> nor a total of 0; ask the publisher what was renamed",
        )
    announced = parse_whole_number(total)
    if announced is None:
        raise BatchRejected(
            feed.feed_id, f"{name} announces {total[:20]!r}, expected a number of records; ask the publisher"
        )
    if announced != count:
        raise BatchRejected(
            feed.feed_id, f"{name} announces {announced} records and has {count}; ask for it again"
        )


def _check_code(feed: Feed, name: str, code: str, codes: tuple[str, ...]) -> None:
    if code not in codes:
        raise BatchRejected(
            feed.feed_id,
            f"{name} answers code {code[:20]!r}, expected {' or '.join(codes)}; ask the publisher",
        )


def _bounded(
    feed: Feed, name: str, record_tag: str, elements: Iterable[etree._Element]
) -> Iterator[etree._Element]:
    """Yields the elements.

    Raises ``BatchRejected`` after too many without the end of a record: only that frees memory.
    """
    since = 0
    for element in elements:
        since = 0 if local_name(element.tag) == record_tag else since + 1
        if since > _MOST_ELEMENTS:
            raise BatchRejected(
                feed.feed_id,
                f"{name} has more than {_MOST_ELEMENTS} elements without the end of a <{record_tag}>; "
                "ask the publisher what was renamed",
            )
        yield element


def _elements(
    feed: Feed, name: str, parser: etree.XMLPullParser, pieces: Iterable[str]
) -> Iterator[etree._Element]:
    tail = ""
    try:
        for piece in _whole_references(_from_root(pieces)):
            if _DOCTYPE in tail + piece:
                raise BatchRejected(
                    feed.feed_id, f"{name} declares a document type; this is refused, ask the publisher"
                )
            tail = piece[-len(_DOCTYPE) :]
            parser.feed(replace_forbidden(piece).encode("utf-8"))
            yield from (element for _, element in parser.read_events())
        parser.close()
        yield from (element for _, element in parser.read_events())
    except etree.XMLSyntaxError as error:
        raise BatchRejected(
            feed.feed_id, f"{name} is no well-formed XML, line {error.lineno}; ask for it again"
        ) from None


def _from_root(pieces: Iterable[str]) -> Iterator[str]:
    """Returns the text without what stands before the document."""
    first = True
    for piece in pieces:
        if first:
            piece = _DECLARATION.sub("", piece.removeprefix("\ufeff"), count=1).lstrip()
            first = not piece
        yield piece


def _whole_references(pieces: Iterable[str]) -> Iterator[str]:
    carry = ""
    for piece in pieces:
        text = carry + piece
        start = text.rfind("&", -_LONGEST_REFERENCE)
        cut = start if start >= 0 and ";" not in text[start:] else len(text)
        carry = text[cut:]
        yield text[:cut]
    yield carry


def replace_forbidden(text: str) -> str:
    """Puts the sentinel in place of each character that XML cannot carry, raw or as a reference."""
    return _REFERENCE.sub(_reference, text.translate(_FORBIDDEN))


def _reference(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 16)
    bad = code > _HIGHEST or code in _SURROGATES or code in _FORBIDDEN
    return SENTINEL if bad else found[0]


def local_name(tag: str | bytes | bytearray | etree.QName) -> str:
    """Returns the name without its namespace: a publisher's program may put any around the agreed names."""
    return str(tag).rpartition("}")[2]


def _is_flat(record: etree._Element) -> bool:
    """Tells whether each element occurs once and holds only text.

    Of two values, or part of one, neither may be taken for the whole. Names that differ only by their
    namespace are the same.
    """
    tags = [local_name(child.tag) for child in record]
    stray = (record.text or "") + "".join(child.tail or "" for child in record)
    return len(set(tags)) == len(tags) and not any(len(child) for child in record) and not stray.strip()


def _record(element: etree._Element, units: dict[str, str]) -> Record:
    """Returns text by element. Attributes, which no agreement names, are kept as unknown columns."""
    found: Record = {local_name(child.tag): child.text for child in element}
    stated = {local_name(child.tag): _attributes(child) for child in element if child.attrib}
    of_record = _attributes(element)
    around = [pair for outer in element.iterancestors() if outer.attrib for pair in _attributes(outer)]
    if stated or of_record or around:
        append_units_to_record(found, units, stated, other_units(units, of_record + around))
    found |= {f"@{name}": value for name, value in of_record}
    for tag, pairs in stated.items():
        found |= {f"{tag}@{name}": value for name, value in pairs}
    return found


def _attributes(element: etree._Element) -> list[tuple[str, str | None]]:
    return [(local_name(name), str(value)) for name, value in element.attrib.items()]


def _is_top(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _forget(element: etree._Element) -> None:
    """Frees what was read: without this the document grows in memory with every record."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
