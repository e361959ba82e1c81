"""Digest files of the tools departments have: the one md5 is found, wherever it stands."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import BatchRejected
from connectors.protocols.sftp.digest import LARGEST, announced_md5

MD5 = hashlib.md5(b"reply").hexdigest()
OTHER = hashlib.md5(b"other").hexdigest()
SHA1 = hashlib.sha1(b"reply").hexdigest()
SHA256 = hashlib.sha256(b"reply").hexdigest()
APART = " ".join(MD5[i : i + 2] for i in range(0, 32, 2))
NAME = "RSP_20200512.txt"
PATH = "/reply/RSP.md5"

WRITTEN = {
    "bare": MD5,
    "upper case": MD5.upper(),
    "md5sum": f"{MD5}  {NAME}\n",
    "md5sum -b": f"{MD5} *{NAME}\n",
    "md5sum, name with a backslash": f"\\{MD5}  D:\\\\out\\\\{NAME}\n",
    "BSD": f"MD5 ({NAME}) = {MD5}\n",
    "openssl": f"MD5({NAME})= {MD5}\n",
    "openssl of stdin": f"MD5(stdin)= {MD5}\n",
    "openssl 1.0 of stdin": f"(stdin)= {MD5}\n",
    "openssl -c": f"MD5({NAME})= {APART.replace(' ', ':')}\n",
    "certutil": f"MD5 hash of {NAME}:\r\n{MD5}\r\nCertUtil: -hashfile command completed successfully.\r\n",
    "certutil of an old machine": f"MD5 哈希(文件 {NAME}):\r\n{APART}\r\nCertUtil: -hashfile 命令完成。\r\n",
    "PowerShell": f"Algorithm Hash           Path\r\nMD5       {MD5.upper()} C:\\{NAME}\r\n",
    ".NET": APART.replace(" ", "-").upper(),
    "JSON": f'{{"file":"{NAME}","md5":"{MD5}"}}',
    "XML": f"<md5>{MD5}</md5>",
    "with 0x": f"0x{MD5}",
    "sha256 beside it": f"MD5 ({NAME}) = {MD5}\nSHA256 ({NAME}) = {SHA256}\n",
    "the same one twice": f"{MD5}\n{MD5}  {NAME}\n",
    "Chinese words without a blank": f"校验码{MD5}。",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_the_one_md5_is_found(text: str, encoding: str) -> None:
    assert announced_md5("a__b", PATH, text.encode(encoding)) == MD5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no md5"),
        ("not a digest", "holds no md5"),
        (MD5[:-1], "holds no md5"),
        (MD5 + "0", "holds no md5"),
        (f"x{MD5}", "holds no md5"),
        (f"{MD5}x", "holds no md5"),
        (SHA1, r"holds no md5 \(32 hex digits\); it holds a sha1 \(40 digits\)"),
        (f"{SHA256}  {NAME}", r"holds no md5 \(32 hex digits\); it holds a sha256 \(64 digits\) or an sm3"),
        (" ".join([APART, "00"]), "holds no md5"),
        (" ".join([APART, APART]), "it holds a sha256"),
        ("d41d8cd9-8f00-b204-e980-0998ecf8427e", "holds no md5"),
        (f"{MD5}  {NAME}\n{OTHER}  RSP_2.txt\n", "holds 2 different groups of 32 hex digits"),
        (f"{MD5}  {OTHER}.txt\n", "holds 2 different groups"),
        (f"{MD5}  RSP_{OTHER}.txt\n", "holds 2 different groups"),
        ("x" * (LARGEST + 1), "has more than"),
    ],
)
def test_none_or_several_are_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(BatchRejected, match=rf"^a__b: {PATH} .*{says}") as caught:
        announced_md5("a__b", PATH, text.encode())
    assert "ask the publisher" in str(caught.value)


_NO_HEX = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="0123456789abcdefABCDEF\0"),
    max_size=40,
)


@given(digest=st.binary(min_size=16, max_size=16), before=_NO_HEX, after=_NO_HEX, upper=st.booleans())
def test_it_is_found_between_any_words(digest: bytes, before: str, after: str, upper: bool) -> None:
    written = digest.hex().upper() if upper else digest.hex()
    text = f"{before} {written}\n{after}"
    assert announced_md5("a__b", PATH, text.encode()) == digest.hex()


@given(digits=st.integers(1, 140).filter(lambda n: n != 32), before=_NO_HEX)
def test_no_other_number_of_digits_is_an_md5(digits: int, before: str) -> None:
    with pytest.raises(BatchRejected, match="holds no md5"):
        announced_md5("a__b", PATH, f"{before}:{'a1' * 70}"[: len(before) + 1 + digits].encode())
