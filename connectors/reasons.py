"""The closed list of reasons for which a row is quarantined, with the text people read.

A code is part of the database's contract (``ops.quarantine.reason_code``): add, never rename.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """``zh``/``en`` say what is wrong; ``todo_zh`` says what the desk should do about it."""

    code: str
    zh: str
    en: str
    todo_zh: str


_LIST = (
    Reason(
        "row_malformed",
        "行结构错误",
        "the row does not have the agreed layout",
        "请发布单位核对分隔符与字段数后重发",
    ),
    Reason(
        "encoding_invalid",
        "字符编码错误",
        "bytes are not valid in the declared encoding",
        "请发布单位按约定编码重新导出",
    ),
    Reason(
        "control_character",
        "含控制字符",
        "the value contains control characters",
        "请发布单位清除不可见字符",
    ),
    Reason(
        "required_missing",
        "必填项为空",
        "a required value is empty",
        "请发布单位补齐必填项",
    ),
    Reason(
        "identifier_too_long",
        "编号过长",
        "an identifier is longer than any identifier",
        "请发布单位核对该列是否错位",
    ),
    Reason(
        "id_length",
        "证件号码长度错误",
        "the ID number has neither 15 nor 18 characters",
        "请核对证件号码",
    ),
    Reason(
        "id_digits_lost",
        "证件号码尾数丢失",
        "the ID number was turned into a float and lost digits",
        "请以文本格式导出证件号码",
    ),
    Reason(
        "id_date",
        "证件号码出生日期错误",
        "the birth date inside the ID number does not exist",
        "请核对证件号码",
    ),
    Reason(
        "id_check_digit",
        "证件号码校验码错误",
        "the check digit of the ID number is wrong",
        "请核对证件号码",
    ),
    Reason(
        "id_placeholder",
        "证件号码为占位值",
        "the ID number is a placeholder",
        "请补录真实证件号码",
    ),
    Reason(
        "test_row",
        "测试数据",
        "the row is test data",
        "请发布单位从正式库中删除测试数据",
    ),
    Reason(
        "date_invalid",
        "日期格式错误",
        "the value is not a date",
        "请发布单位按约定格式提供日期",
    ),
    Reason(
        "date_impossible",
        "日期不合理",
        "the date is outside what can be true",
        "请核对日期",
    ),
    Reason(
        "month_invalid",
        "月份格式错误",
        "the value is not a month",
        "请发布单位按约定格式提供月份",
    ),
    Reason(
        "timestamp_invalid",
        "时间格式错误",
        "the value is not a time",
        "请发布单位按约定格式提供时间",
    ),
    Reason(
        "time_in_future",
        "变更时间晚于取数日",
        "the row says it was changed after the day that was read",
        "请发布单位核对变更时间",
    ),
    Reason(
        "number_invalid",
        "数值格式错误",
        "the value is not a number",
        "请发布单位提供数值",
    ),
    Reason(
        "amount_negative",
        "金额为负",
        "the amount is negative",
        "请核对金额，冲正请另行说明",
    ),
    Reason(
        "amount_out_of_range",
        "数值超出范围",
        "the number is larger than its column can hold",
        "请核对金额单位",
    ),
    Reason(
        "code_unknown",
        "代码值未登记",
        "the code is not in the declared list",
        "请与发布单位确认含义后在声明中登记",
    ),
    Reason(
        "flag_invalid",
        "是否标志错误",
        "the value is neither yes nor no",
        "请核对标志值",
    ),
    Reason(
        "region_invalid",
        "行政区划代码错误",
        "the division code does not exist",
        "请核对行政区划代码",
    ),
    Reason(
        "uscc_invalid",
        "统一社会信用代码错误",
        "the unified social credit code is wrong",
        "请核对统一社会信用代码",
    ),
    Reason(
        "certificate_invalid",
        "残疾证号错误",
        "the certificate number is wrong",
        "请核对残疾证号",
    ),
    Reason(
        "certificate_not_owner",
        "残疾证号与证件号码不符",
        "the certificate number belongs to another ID number",
        "请核对持证人",
    ),
    Reason(
        "name_invalid",
        "姓名错误",
        "the value is not a name",
        "请核对姓名",
    ),
    Reason(
        "period_reversed",
        "起止日期颠倒",
        "the period ends before it begins",
        "请核对起止日期",
    ),
    Reason(
        "digits_lost",
        "号码尾数丢失",
        "the number was turned into a float and lost digits",
        "请以文本格式导出该号码",
    ),
    Reason(
        "key_conflict",
        "主键冲突",
        "two different rows carry the same key",
        "请发布单位核对重复记录",
    ),
    Reason(
        "reply_other_request",
        "回复不属于本次请求",
        "the row answers another request",
        "请发布单位按请求编号重新反馈",
    ),
    Reason(
        "reply_not_asked",
        "回复了未查询的人员",
        "nobody asked for this person",
        "请告知发布单位：未经授权不得提供",
    ),
)

REASONS: dict[str, Reason] = {reason.code: reason for reason in _LIST}


def reason(code: str) -> Reason:
    """Returns the reason of a code. Raises ``KeyError`` for a code outside the closed list."""
    return REASONS[code]
