import pytest

from connectors.masking import mask_account, mask_id, mask_name, mask_quoted, mask_text
from connectors.reasons import REASONS, reason


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("210102198001011234", "210102********1234"),
        ("21010219800101123X", "210102********123X"),
        ("210102800101123", "210102********1123"),
        ("12345", "*****"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_id_keeps_its_area_and_its_end(value: str | None, masked: str) -> None:
    assert mask_id(value) == masked


def test_a_name_keeps_its_first_character() -> None:
    assert mask_name("张小明") == "张**"
    assert mask_name(None) == ""


def test_an_account_keeps_its_end() -> None:
    assert mask_account("6222020200012345678") == "****5678"
    assert mask_account("1234") == "****"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证210102198001011234不存在", "身份证210102********1234不存在"),
        ("id=21010219800101123x;", "id=210102********123x;"),
        ("old 210102800101123 new", "old 210102********1123 new"),
        ("card 6222020200012345678", "card 622202********5678"),
        ("２１０１０２１９８００１０１１２３４", "２１０１０２********１２３４"),
        ("two 210102198001011234,210102198001011235", "two 210102********1234,210102********1235"),
        ("batch 20200512 row 12345678901234", "batch 20200512 row 12345678901234"),
    ],
)
def test_numbers_inside_text_are_masked(text: str, masked: str) -> None:
    assert mask_text(text) == masked


def test_every_reason_has_both_texts() -> None:
    assert all(r.zh and r.en and r.todo_zh for r in REASONS.values())
    assert reason("id_check_digit").code == "id_check_digit"
    with pytest.raises(KeyError):
        reason("because")


def test_what_another_system_says_tells_neither_keys_nor_people() -> None:
    said = f"欧阳文 210102198001011234 的签名 {'0af3' * 16} 已过期, appKey hub-key"
    masked = mask_quoted(said, ["欧阳文", "hub-key", None, ""])
    assert masked == "*** 210102********1234 的签名 *** 已过期, appKey ***"
