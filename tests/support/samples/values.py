"""Invented, consistent values for the samples: five persons, and a value for every declared column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

AS_OF = date(2020, 5, 12)


def identity(area: str, born: str, order: str) -> str:
    """A number whose last character is worked out here, not by the code under test (ISO 7064 MOD 11-2)."""
    body = area + born + order
    remainder = 0
    for digit in body:  # Horner form of the same polynomial
        remainder = (remainder + int(digit)) * 2 % 11
    check = (12 - remainder) % 11
    return body + ("X" if check == 10 else str(check))


def credit_code(first17: str) -> str:
    symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = 0
    weight = 1
    for symbol in first17:
        total += symbols.index(symbol) * weight
        weight = weight * 3 % 31
    return first17 + symbols[(31 - total % 31) % 31]


@dataclass(frozen=True)
class Person:
    number: str
    name: str
    sex: str
    region: str
    certificate_tail: str  # class and level


def _order_for_x(area: str, born: str) -> str:
    return next(o for o in (f"{n:03d}" for n in range(100, 200)) if identity(area, born, o)[-1] == "X")


_X_ORDER = _order_for_x("210106", "19711123")
PEOPLE = (
    Person(identity("210102", "19480305", "041"), "王德福", "male", "210102001001", "41"),
    Person(identity("210103", "19620918", "102"), "李桂兰", "female", "210103005002", "12"),
    Person(
        identity("210106", "19711123", _X_ORDER),
        "赵淑琴",
        "female",
        "210106009003",
        "43",
    ),
    Person(identity("650104", "19850214", "317"), "买买提·艾力", "male", "210104003004", "24"),
    Person(identity("210122", "20040607", "229"), "张㛃", "female", "210115001005", "52"),
)
STRANGER = Person(identity("210111", "19550102", "516"), "刘长海", "male", "210111002006", "31")

#: Texts by column name; row i takes the i-th, round and round.
TEXTS: dict[str, tuple[str, ...]] = {
    "funeral_home": ("沈阳市回龙岗殡仪馆", "沈阳市文官屯殡仪馆", "沈阳市于洪殡仪馆"),
    "relation_to_head": ("户主", "配偶", "子女", "母亲"),
    "category": ("重病", "老年人", "一般"),
    "staff_position": ("民政助理", "社区民政委员", "科员"),
    "relation": ("父子", "夫妻", "姐妹"),
    "institution_name": ("沈阳市养老服务中心", "铁西区颐和养老院", "康平县中心敬老院"),
    "bed_no": ("A-101", "A-102", "B-203"),
    "office": ("和平区婚姻登记处", "沈河区婚姻登记处", "铁西区婚姻登记处"),
    "organisation_name": ("沈阳市晨光商贸有限公司", "沈阳市北方文化促进会", "法库县丰收种植专业合作社"),
    "employment_form": ("集中就业", "按比例就业", "个体就业"),
    "employer_name": ("沈阳市和平区环卫所", "沈阳福康用品厂", "沈阳市第七中学"),
    "branch_name": ("和平支行", "沈河支行营业部", "铁西兴工支行"),
    "bank_code": ("102221000012", "103221000047", "105221000088"),
    "insurance_kind": ("终身寿险", "两全保险", "意外伤害保险"),
    "current_step": ("街道审核", "入户调查", "区县审批"),
    "step_name": ("社区受理", "街道审核", "区县审批"),
    "opinion": ("材料齐全，同意受理", "情况属实，同意", "公示无异议"),
    "signed_by": ("本人", "户主代签", "监护人"),
    "cause": ("疾病", "自然死亡", "意外"),
    "police_station": ("210102510000", "210103520000", "210106530000"),
    "facility": ("沈阳市看守所", "沈阳市第一看守所", "沈阳市强制隔离戒毒所"),
    "destination": ("韩国", "日本", "泰国"),
    "ethnic_group": ("汉族", "满族", "维吾尔族"),
    "register_address": ("沈阳市和平区南京街101号", "沈阳市沈河区大西路22号", "沈阳市铁西区兴工街3号"),
    "prison": ("沈阳第一监狱", "沈阳第二监狱", "大北监狱"),
    "plate_no": ("辽A12345", "辽A6B789", "辽AF00123"),
    "vehicle_type": ("小型轿车", "轻型普通货车", "普通二轮摩托车"),
    "use_nature": ("非营运", "货运", "非营运"),
    "staff_class": ("公务员", "事业编制", "离退休"),
    "contribution_grade": ("200元", "500元", "1000元"),
}
#: Running numbers: the prefix, then the row.
NUMBERED = {
    "cremation_no": "HH2020",
    "household_id": "JT2101020",
    "member_id": "CY2101020",
    "record_no": "BA20200",
    "staff_id": "MZ0",
    "case_id": "AJ2020",
    "institution_id": "JG21010",
    "stay_id": "RZ2020",
    "certificate_no": "J210102-2020-0000",
    "welfare_certificate_no": "FL2101",
    "policy_no": "2018210100000",
    "title_no": "辽(2018)沈阳市不动产权第00123",
    "unit_no": "210102001001GB00001F0001",
    "contract_no": "HT20200000",
    "registration_no": "2101026000",
    "application_id": "YW20200512000",
    "authorisation_id": "SQ2020000",
    "confirmation_id": "RD2020000",
    "payment_id": "FF202004000",
    "account_no": "2101000088",
    "document_no": "E5678",
    "household_no": "21010200",
    "permit_no": "JZ2101020",
    "person_no": "21010000",
}
DATES: dict[str, str] = {
    "death_date": "2020-03-02",
    "cremated_on": "2020-03-04",
    "start_date": "2018-07-01",
    "stop_date": "2020-04-30",
    "last_review_on": "2019-11-20",
    "review_due_on": "2020-11-20",
    "filed_on": "2019-06-03",
    "home_visit_on": "2019-06-11",
    "opened_on": "2012-09-01",
    "checked_in_on": "2019-02-10",
    "checked_out_on": "2020-01-31",
    "registered_on": "2015-08-26",
    "school_until": "2021-07-31",
    "last_report_accepted_on": "2019-05-20",
    "issued_on": "2014-10-15",
    "valid_until": "2024-10-14",
    "queried_on": "2020-05-06",
    "valued_on": "2020-04-30",
    "moved_in_on": "2017-12-01",
    "established_on": "2011-03-18",
    "cancelled_on": "2020-03-10",
    "accepted_on": "2020-04-13",
    "decided_on": "2020-05-08",
    "authorised_from": "2020-01-06",
    "authorised_until": "2021-01-05",
    "check_due_on": "2020-05-12",
    "paid_on": "2020-04-10",
    "custody_start": "2020-02-14",
    "custody_end": "2020-04-01",
    "crossed_on": "2019-10-03",
    "moved_on": "2020-05-04",
    "admitted_on": "2019-03-01",
    "sentence_start": "2018-12-20",
    "sentence_end": "2023-12-19",
    "released_on": "2020-02-28",
    "first_registered_on": "2016-04-22",
    "employed_on": "2019-09-02",
    "ended_on": "2020-04-15",
}
MONTHS = {"benefit_end_month": "2020-12-01"}
AMOUNTS = ("715.00", "1238.50", "0.00", "23600.75", "104.10")
INTEGERS = {"last_report_year": 2018, "employee_count": 0, "approved_beds": 120, "injury_grade": 4}


def value(column: Any, person: Person, i: int, feed: Any) -> Any:
    """The clean value of one cell (None, str, bool, int, Decimal, or an ISO date text)."""
    special = _SPECIAL.get(column.name)
    if special is not None and column.type in ("text", "date", "code", "region"):
        found = special(person, i, feed)
        if found is not None:
            return found
    return _BY_TYPE[column.type](column, person, i)


def _text(column: Any, person: Person, i: int) -> str:
    if column.name in TEXTS:
        return TEXTS[column.name][i % len(TEXTS[column.name])]
    return f"{NUMBERED[column.name]}{i + 1:03d}"


def _number_of_role(column: Any, person: Person, i: int) -> str:
    main = column.name in ("id_number", "relative_id_number", "husband_id_number")
    return person.number if main else STRANGER.number


def _name_of_role(column: Any, person: Person, i: int) -> str:
    own = ("full_name", "relative_name", "husband_name", "owner_name", "buyer_name", "payee_name")
    main = column.name in own or (column.name == "applicant_name" and column.required)
    return person.name if main else STRANGER.name


_ELSEWHERE = "220102000000"


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"


_SPECIAL: dict[str, Any] = {
    "request_id": lambda person, i, feed: f"{feed.department_code}-20200512",
    "birth_date": lambda person, i, feed: _iso(person.number[6:14]),
    "from_district": lambda person, i, feed: person.region if i % 2 else _ELSEWHERE,
    "to_district": lambda person, i, feed: _ELSEWHERE if i % 2 else person.region,
    "sex": lambda person, i, feed: person.sex,
    "disability_class": lambda person, i, feed: {
        "1": "visual",
        "2": "hearing",
        "3": "speech",
        "4": "physical",
        "5": "intellectual",
    }[person.certificate_tail[0]],
    "disability_level": lambda person, i, feed: f"level_{person.certificate_tail[1]}",
    "answer": lambda person, i, feed: "found",
    "operation": lambda person, i, feed: ("insert", "update", "insert", "delete")[i % 4],
}
_CREDIT = ("92210102MA0P4", "91210100MA0Q7", "N2210102MF012", "52210100MJ012", "93210124MA0R5")
_BY_TYPE: dict[str, Any] = {
    "text": _text,
    "name": _name_of_role,
    "id_number": _number_of_role,
    "uscc": lambda column, person, i: credit_code(_CREDIT[i % 5] + f"{i:04d}"),
    "certificate_no": lambda column, person, i: (
        person.number + person.certificate_tail + ("B1" if i == 1 else "")
    ),
    "account": lambda column, person, i: f"6222********{4000 + i * 111}",
    "region": lambda column, person, i: person.region,
    "code": lambda column, person, i: list(column.codes.values())[i % len(column.codes)],
    "flag": lambda column, person, i: i % 2 == 0,
    "integer": lambda column, person, i: INTEGERS.get(column.name, i + 1),
    "decimal": lambda column, person, i: Decimal(("0.5000", "62.3500", "20.0000")[i % 3]),
    "amount": lambda column, person, i: Decimal(AMOUNTS[i % len(AMOUNTS)]),
    "date": lambda column, person, i: DATES[column.name],
    "month": lambda column, person, i: MONTHS.get(column.name, "2020-04-01"),
    "timestamp": lambda column, person, i: f"2020-05-1{i % 3} 0{i + 1}:15:30",
}
