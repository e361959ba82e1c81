"""What a family is due against what arrived."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.dbt.cases.expected import Expected, pay_out
from tests.support.hand_made_world import World


def payment_anomaly(w: World, e: Expected) -> None:
    """685 yuan less an income of 85 for one: 600 a month, paid by the tenth."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)
    for number, (amount, day, payee, result, sub_type) in enumerate(
        (
            (600, 10, "张三", "paid", None),
            (600, 11, "张三", "paid", "late"),
            (600.01, 9, "张三", "paid", "amount_differs"),
            (600, 9, "李四", "paid", "wrong_payee"),
            (600, 9, "张三", "returned", "returned"),
            (600, 9, "张三", "pending", "not_paid"),
        )
    ):
        person = w.person()
        case = w.benefit("dibao", person, household_id=f"P{number}", category="普通", standard_class="urban",
                         household_income=85)  # fmt: skip
        key = case.split(":")[1]
        pay_out(w, "dibao", key, person, april, 600)
        pay_out(w, "dibao", key, person, may, amount, payee, day, result)
        if sub_type:
            confidence = "suspected" if sub_type == "wrong_payee" else "confirmed"
            e.warn("payment_anomaly", person, "pay:2020-05:dibao", sub_type, confidence)
    ended = w.person()
    case = w.benefit("dibao", ended, household_id="PX", category="普通", status="stopped",
                     stop_date=april)  # fmt: skip
    pay_out(w, "dibao", case.split(":")[1], ended, april, 600)
    e.warn("payment_anomaly", ended, "pay:2020-04:dibao", "not_due")


def payment_of_families(w: World, e: Expected) -> None:
    """Two people with an income of 600 are due 770 a month together, however divided. Told of the head."""
    may = date(2020, 5, 1)
    for number, (sums, result, day, sub_type) in enumerate(
        (
            ((770, 0), "paid", 9, None),
            ((0, 770), "paid", 9, None),
            ((385, 385), "paid", 9, None),
            ((1, 769), "paid", 9, None),
            ((769, 0), "paid", 9, "amount_differs"),
            ((385, 386), "paid", 9, "amount_differs"),
            ((0, 0), "paid", 9, "not_paid"),
            ((770, 0), "pending", 9, "not_paid"),
            ((770, 0), "returned", 9, "returned"),
            ((0, 770), "paid", 11, "late"),
        )
    ):
        family = [w.person(), w.person()]
        # the head is entered after the spouse
        keys = [
            w.benefit("dibao", person, household_id=f"PF{number}", category="普通", standard_class="urban",
                      household_income=600, relation_to_head=word).split(":")[1]
            for person, word in zip(family, ("妻", "本人"), strict=True)
        ]  # fmt: skip
        for key, person, amount in zip(keys, family, sums, strict=True):
            pay_out(w, "dibao", key, person, date(2020, 4, 1), 385)
            if amount:
                pay_out(w, "dibao", key, person, may, amount, day=day, result=result)
        if sub_type:
            e.warn("payment_anomaly", family[1], "pay:2020-05:dibao", sub_type)
    _payment_of_three(w, e)


def _payment_of_three(w: World, e: Expected) -> None:
    """Three in one family with an income of 1055: 1000 a month. A neighbour's money is not the family's."""
    may = date(2020, 5, 1)
    for number, (sums, sub_type) in enumerate(
        (((400, 0, 600), None), ((0, 0, 1000), None), ((999, 0, 0), "amount_differs"),
         ((1000, 1, 0), "amount_differs"))
    ):  # fmt: skip
        family = [w.person(), w.person(), w.person()]
        for person, word, amount in zip(family, ("女", "户主", "母亲"), sums, strict=True):
            shape: dict[str, Any] = {"category": "普通", "standard_class": "urban", "household_income": 1055}
            key = w.benefit("dibao", person, household_id=f"PG{number}", relation_to_head=word, **shape)
            key = key.split(":")[1]
            for month, paid in ((date(2020, 4, 1), 1000 if word == "母亲" else 0), (may, amount)):
                if paid:
                    pay_out(w, "dibao", key, person, month, paid)
        if sub_type:
            e.warn("payment_anomaly", family[1], "pay:2020-05:dibao", sub_type)


def payees(w: World, e: Expected) -> None:
    """A household of any benefit, the household book of the police; in central support the institution."""
    may = date(2020, 5, 1)

    def alone(name: str, **values: Any) -> tuple[str, str]:
        person = w.person()
        if values:
            w.register(person, name=name, **values)
        number = f"PN{w.people}"
        case = w.benefit("dibao", person, name=name, household_id=number, category="普通",
                         standard_class="urban", household_income=85)  # fmt: skip
        return person, case.split(":")[1]

    def paid_to(person: str, kind: str, key: str, payee: str, found: bool, amount: float = 600) -> None:
        pay_out(w, kind, key, person, date(2020, 4, 1), amount, payee if not found else "赵大")
        pay_out(w, kind, key, person, may, amount, payee)
        if found:
            e.warn("payment_anomaly", person, f"pay:2020-05:{kind}", "wrong_payee", "suspected")

    # an allowance of a child on the dibao of the mother
    mother, key = alone("赵大")
    child = w.person()
    w.benefit("dibao", child, name="赵小", household_id=f"PN{w.people - 1}", category="普通",
              standard_class="urban", household_income=85)  # fmt: skip
    living = w.benefit("disability_living", child, name="赵小", certificate_no=f"{child}42").split(":")[1]
    for month in (date(2020, 4, 1), may):
        pay_out(w, "dibao", key, mother, month, 685 * 2 - 85, "赵大")
        pay_out(w, "disability_living", living, child, month, 100, "赵大" if month == may else "赵小")
    w.add("disabled_federation__disability_certificate", certificate_no=f"{child}42", id_number=child,
          full_name="赵小", certificate_status="valid")  # fmt: skip
    _books(w, alone, paid_to)
    # the household book; a relative and a lodger in it; a collective one; no book
    for words, found in (
        (("户主", "子"), False),
        (("祖母", "户主"), False),
        (("户主", "儿媳"), False),
        (("户主", "保姆"), True),
        (("户主", "非亲属"), True),
        (("户主", "户主"), True),
        (None, True),
    ):
        book = {"household_no": f"HB{w.people}"} if words else {}
        told = [{**book, "relation_to_head": word} for word in words] if words else [{}, {}]
        person, key = alone("赵大", register_status="normal", **told[0])
        other = w.person()
        w.register(other, name="孙七", **told[1])
        paid_to(person, "dibao", key, "孙七", found)
    for form, institution, payee, found in (
        ("central", "沈阳市第一敬老院", "沈阳市第一敬老院", False),
        ("central", "沈阳市（和平）敬老院", "沈阳市(和平)敬老院", False),
        ("central", "沈阳市第一敬老院", "沈阳市第二敬老院", True),
        ("scattered", "沈阳市第一敬老院", "沈阳市第一敬老院", True),
        ("central", None, "沈阳市第一敬老院", True),
    ):
        person = w.person(date(1945, 6, 15))
        case = w.benefit("tekun", person, name="赵大", support_form=form, institution_name=institution,
                         ability_tier="self_care", standard_class="urban")  # fmt: skip
        paid_to(person, "tekun", case.split(":")[1], payee, found, 1062 + 181)
    # late, and to a stranger
    person, key = alone("赵大")
    pay_out(w, "dibao", key, person, date(2020, 4, 1), 600, "赵大")
    pay_out(w, "dibao", key, person, may, 600, "孙七", day=11)
    e.warn("payment_anomaly", person, "pay:2020-05:dibao", "wrong_payee", "suspected")
    # nobody knows what is due, and nothing came
    person = w.person()
    case = w.benefit("dibao", person, household_id="PU", category="不详", standard_class="urban")
    pay_out(w, "dibao", case.split(":")[1], person, date(2020, 4, 1), 1)
    e.warn("payment_anomaly", person, "pay:2020-05:dibao", "not_paid", "suspected")


def _books(w: World, alone: Callable[..., tuple[str, str]], paid_to: Callable[..., None]) -> None:
    """A book is a number in a district, of those who stand in it today."""
    here, there = "210102000000", "210103000000"
    for number, (own_is, stranger, found) in enumerate(
        (
            # another head with that number elsewhere, and one who is no more; the child of either is no kin
            ("户主", {"register_district": there}, False),
            ("户主", {"register_district": here, "register_status": "cancelled_death"}, False),
            ("户主", {"register_district": here, "register_status": "moved_out"}, False),
            ("户主", {"register_district": here}, True),
            ("子", {"full_name": "孙七", "register_district": there}, True),
            ("子", {"full_name": "孙七", "register_district": "210102001000"}, False),
        )
    ):
        book = {"household_no": f"HN{number}"}
        person, key = alone("赵大", **book, relation_to_head=own_is, register_district=here)
        w.register(w.person(), stranger.pop("full_name", "周八"), **book, relation_to_head="户主", **stranger)
        if own_is == "户主":
            w.register(w.person(), "孙七", **book, relation_to_head="女", register_district=here)
        paid_to(person, "dibao", key, "孙七", found)


def payment_of_streets(w: World, e: Expected) -> None:
    """Ten cases of 600 yuan in April; in May two more, three more, three fewer."""
    april, may = date(2020, 4, 1), date(2020, 5, 1)
    for street, before, now, found in (("210102001", 10, 12, False), ("210103001", 10, 13, True),
                                       ("210103005", 10, 7, True), ("210104001", 9, 12, False)):  # fmt: skip
        for number in range(max(before, now)):
            person, begun, ended = w.person(), number < before, number >= now
            case = w.benefit(
                "dibao", person, household_id=f"S{street}{number}", category="普通", standard_class="urban",
                household_income=85, region_code=f"{street}001",
                start_date=date(2019, 1, 1) if begun else may,
                stop_date=may if ended else None, status="stopped" if ended else "active",
            )  # fmt: skip
            for month in ([april] if begun else []) + ([] if ended else [may]):
                pay_out(w, "dibao", case.split(":")[1], person, month, 600)
        if found:
            e.warn("payment_anomaly", f"{street}000", "street:2020-05", "street_total")
