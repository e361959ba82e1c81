"""Packed answers: every member of them, in either form of deflate, within the bound."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BatchRejected
from connectors.protocols.packing import unpack
from connectors.protocols.retry import Transient

BODY = '{"code":"0000","msg":"成功"}'.encode()
LARGEST = 200_000


def raw(body: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def members(*parts: bytes) -> bytes:
    return b"".join(gzip.compress(part, mtime=0) for part in parts)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("", BODY),
        ("identity", BODY),
        ("gzip", members(BODY)),
        ("GZIP", members(BODY)),
        ("x-gzip", members(BODY)),
        ("identity, gzip", members(BODY)),
        ("gzip", members(BODY[:9], BODY[9:])),
        ("gzip", members(BODY, b"", b"")),
        ("gzip", members(b"", BODY)),
        ("gzip", members(*(BODY[i : i + 1] for i in range(len(BODY))))),
        ("gzip", members(BODY) + bytes(512)),
        ("", members(BODY)),
        # said to be packed, and plain
        ("gzip", BODY),
        ("deflate", BODY),
        ("utf-8", BODY),
        ("UTF8", members(BODY)),
        ("gbk, gzip", members(BODY)),
        ("none", BODY),
        ("binary", BODY),
        ("deflate", zlib.compress(BODY)),
        ("deflate", raw(BODY)),
    ],
)
def test_it_comes_out_as_it_was(packing: str, body: bytes) -> None:
    assert unpack("a__b", packing, body, LARGEST) == BODY


@pytest.mark.parametrize(
    ("packing", "body", "says"),
    [
        ("gzip", members(BODY) + b"canary", "6 bytes behind its gzip data that are none"),
        ("gzip", members(BODY) + bytes(70_000) + b"x", "70001 bytes behind its gzip data"),
        ("gzip", members(BODY) + BODY, "bytes behind its gzip data that are none"),
        ("deflate", zlib.compress(BODY) + b"canary", "6 bytes behind its deflate data that are none"),
        ("deflate", zlib.compress(BODY) * 2, "bytes behind its deflate data"),
        ("br", BODY, r"packed in a way we did not offer \(br; only gzip was\)"),
        ("zstd", BODY, "packed in a way we did not offer"),
        ("gzip, gzip", members(members(BODY)), "packed in a way we did not offer"),
        ("gzip", members(b"") * 10_001, "over 10000 gzip members"),
    ],
)
def test_what_is_not_agreed_is_refused_by_name(packing: str, body: bytes, says: str) -> None:
    with pytest.raises(BatchRejected, match=says) as caught:
        unpack("a__b", packing, body, LARGEST)
    assert "ask the publisher" in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("gzip", members(BODY)[:-4]),
        ("gzip", members(BODY, BODY)[:-4]),
        ("gzip", b""),
        ("gzip", b"neither"),
        ("deflate", zlib.compress(BODY)[:-4]),
        ("deflate", b"\xff" * 20),
        ("gzip", members(BODY)[:-8] + b"12345678"),
    ],
)
def test_what_was_cut_or_damaged_on_the_way_may_pass(packing: str, body: bytes) -> None:
    with pytest.raises(Transient):
        unpack("a__b", packing, body, LARGEST)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("gzip", members(bytes(50 * LARGEST))),
        ("gzip", members(*[bytes(LARGEST // 2 + 1)] * 2)),
        ("gzip", members(*[bytes(LARGEST // 10 + 1)] * 50)),
        ("deflate", zlib.compress(bytes(50 * LARGEST))),
        ("deflate", raw(bytes(50 * LARGEST))),
    ],
)
def test_the_bound_holds_over_all_members(packing: str, body: bytes) -> None:
    assert len(unpack("a__b", packing, body, LARGEST)) == LARGEST + 1


@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=8), padding=st.integers(0, 40))
def test_any_members_are_one_body(parts: list[bytes], padding: int) -> None:
    whole = members(*parts) + bytes(padding)
    assert unpack("a__b", "gzip", whole, LARGEST) == b"".join(parts)


@given(body=st.binary(max_size=2000))
def test_either_form_of_deflate(body: bytes) -> None:
    assert unpack("a__b", "deflate", zlib.compress(body), LARGEST) == body
    assert unpack("a__b", "deflate", raw(body), LARGEST) == body
