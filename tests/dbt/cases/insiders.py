"""Businesses, and relatives of the staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected
from tests.support.hand_made_world import T, World


def business_owner(w: World, e: Expected) -> None:
    def case(
        sub_type: str | None, table: str, kind: str = "dibao", name: str = "张三", **values: Any
    ) -> None:
        person = w.person()
        enrolment = w.benefit(kind, person)
        uscc = f"U{w.cases}"
        w.add(f"market_regulation__{table}", uscc=uscc, id_number=person, full_name=name,
              **{"established_on": date(2015, 1, 1), "registration_status": "active", **values})  # fmt: skip
        if sub_type:
            confidence = "confirmed" if name == "张三" else "suspected"
            e.warn("business_owner", person, uscc, sub_type, confidence)
            e.hit("business_owner", person, enrolment, confidence)

    case("enterprise", "enterprise", role="legal_representative")
    case("enterprise", "enterprise", role="shareholder", kind="tekun", registration_status="operating")
    case(None, "enterprise", role="officer")
    case(None, "enterprise", role="shareholder", registration_status="cancelled")
    case("individual_business", "individual_business", employee_count=2, kind="low_income")
    case("individual_business", "individual_business", name="李四")
    case("small_family_shop", "individual_business", employee_count=0)
    case(None, "individual_business", employee_count=2, kind="old_age")
    case("cooperative", "farmer_cooperative", established_on=T)
    case(None, "farmer_cooperative", established_on=T + DAY)
    case(None, "farmer_cooperative", registration_status="revoked")
    two_roles = w.person()
    e.hit("business_owner", two_roles, w.benefit("dibao", two_roles))
    e.warn("business_owner", two_roles, "U2R", "enterprise")
    for role in ("legal_representative", "shareholder"):
        w.add("market_regulation__enterprise", uscc="U2R", id_number=two_roles, role=role)


def insider_relative(w: World, e: Expected) -> None:
    def declare(person: str, staff: str, **values: Any) -> None:
        w.cases += 1
        given = {"has_approval_rights": True, "filed_on": T, "home_visit_on": T, **values}
        w.add("civil_affairs__dibao__staff_relative", record_no=f"N{w.cases}", staff_id=staff,
              relative_id_number=person, **given)  # fmt: skip

    def expect(person: str, enrolment: str, staff: str, sub_type: str, confidence: str = "confirmed") -> None:
        event = ("approval:" if sub_type == "own_approval" else "record:") + staff
        e.warn("insider_relative", person, event, sub_type, confidence)
        e.hit("insider_relative", person, enrolment, confidence)

    for values, found in (
        ({"filed_on": None}, "not_filed"),
        ({"home_visit_on": None}, "not_visited"),
        ({"home_visit_on": T + DAY}, "not_visited"),
        ({"filed_on": T + DAY}, "not_filed"),
        ({"filed_on": None, "home_visit_on": None}, "not_filed"),
        ({}, None),
        ({"filed_on": None, "has_approval_rights": False}, None),
        ({"filed_on": None, "has_approval_rights": False, "staff_position": "某社区主任"}, "not_filed"),
        ({"filed_on": None, "has_approval_rights": False, "staff_position": "街道助理"}, None),
    ):
        person = w.person()
        enrolment = w.benefit("dibao", person)
        declare(person, "S1", **values)
        if found:
            expect(person, enrolment, "S1", found)
    other_name = w.person()
    expect(other_name, w.benefit("dibao", other_name), "S1", "not_filed", "suspected")
    declare(other_name, "S1", filed_on=None, relative_name="李四")
    tekun = w.person()
    w.benefit("tekun", tekun)
    declare(tekun, "S1", filed_on=None)
    # agreed to by the relative in person; and decoys: returned, another household, another matter
    for number, (result, household, matter, found) in enumerate(
        (
            ("agreed", None, "dibao", "own_approval"),
            ("returned", None, "dibao", None),
            ("agreed", "elsewhere", "dibao", None),
            ("agreed", None, "disability_allowance", None),
        )
    ):
        person = w.person()
        enrolment = w.benefit("dibao", person, household_id=f"FI{number}")
        declare(person, f"S{number + 10}")
        w.add("platform__application", application_id=f"AI{number}", matter=matter, id_number=person,
              household_id=household or f"FI{number}", status="approved")  # fmt: skip
        w.add("platform__approval_step", application_id=f"AI{number}", step_no=1, staff_id=f"S{number + 10}",
              result=result, finished_at="2019-01-05")  # fmt: skip
        if found:
            expect(person, enrolment, f"S{number + 10}", found)
    # an application that names no household is about the applicant's: here the family of the relative
    head, relative = w.person(), w.person()
    w.benefit("dibao", head, household_id="FI9", relation_to_head="本人")
    enrolment = w.benefit("dibao", relative, household_id="FI9", relation_to_head="子")
    declare(relative, "S19")
    _apply(w, head, "AI9", "S19", status="approved")
    expect(relative, enrolment, "S19", "own_approval")
    _insider_kin(w, expect, declare)
    _insider_applicants(w, e, declare)


def _apply(w: World, person: str, number: str, agreed_by: str | None = None, **values: Any) -> None:
    given = {"matter": "dibao", "status": "open", "accepted_on": T, **values}
    w.add("platform__application", application_id=number, id_number=person, **given)
    if agreed_by:
        w.add("platform__approval_step", application_id=number, step_no=1, staff_id=agreed_by,
              result="agreed", finished_at="2019-01-05")  # fmt: skip


def _insider_applicants(w: World, e: Expected, declare: Callable[..., None]) -> None:
    """An open application, one decided, one not yet accepted: of the relative in person, of the relative's
    spouse or child, and of a relative on record who agreed to it."""
    for number, (status, day) in enumerate((("open", T), ("refused", T), ("open", T + DAY))):
        person, own, relative, approved = (w.person() for _ in range(4))
        declare(person, f"SA{number}", filed_on=None)
        _apply(w, person, f"AP{number}", status=status, accepted_on=day)
        declare(relative, f"SB{number}", home_visit_on=None)
        _apply(w, own, f"AQ{number}", status=status, accepted_on=day)
        w.add("civil_affairs__marriage", certificate_no=f"MA{number}", event_type="marriage",
              registered_on=T, husband_id_number=relative, wife_id_number=own)  # fmt: skip
        declare(approved, f"SC{number}")
        _apply(w, approved, f"AR{number}", f"SC{number}", status=status, accepted_on=day)
        if not number:
            e.warn("insider_relative", person, "record:SA0", "applicant")
            e.warn("insider_relative", own, "record:SB0", "applicant_kin")
            e.warn("insider_relative", approved, "approval:SC0", "own_approval")
    # by the household of a benefit that has ended: head and child, under another name
    own, relative = w.person(), w.person()
    for person, relation in ((own, "本人"), (relative, "子")):
        w.benefit("low_income", person, household_id="FA1", relation_to_head=relation, status="stopped")
    declare(relative, "SA8", filed_on=None, relative_name="李四")
    _apply(w, own, "AP8")
    e.warn("insider_relative", own, "record:SA8", "applicant_kin", "suspected")
    # decoys: agreed to by somebody else's relative; the relative is on the benefit, and told of there
    person, other = w.person(), w.person()
    declare(other, "SA9")
    _apply(w, person, "AP9", "SA9")
    own, relative = w.person(), w.person()
    enrolment = w.benefit("dibao", relative, last_review_on=T)
    declare(relative, "SA7", filed_on=None)
    w.add("civil_affairs__marriage", certificate_no="MA7", event_type="marriage", registered_on=T,
          husband_id_number=relative, wife_id_number=own)  # fmt: skip
    _apply(w, own, "AP7")
    e.warn("insider_relative", relative, "record:SA7", "not_filed")
    e.hit("insider_relative", relative, enrolment)
    e.warn("marriage_change", relative, f"marriage:{T}", "spouse_missing")


def _insider_kin(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """Families of a relative who is not on the benefit: who is near enough, and who is not."""
    for number, (relation, found) in enumerate((("父", True), ("妻", True), ("兄弟姐妹", False))):
        own, relative = w.person(), w.person()
        enrolment = w.benefit("dibao", own, household_id=f"FK{number}", relation_to_head="本人")
        w.benefit(
            "dibao", relative, household_id=f"FK{number}", relation_to_head=relation, status="suspended"
        )
        declare(relative, f"SK{number}", home_visit_on=None)
        if found:
            expect(own, enrolment, f"SK{number}", "kin")
    # a child is near to the spouse of the head, a parent is not
    child, spouse, parent = w.person(), w.person(), w.person()
    enrolment = w.benefit("dibao", spouse, household_id="FK9", relation_to_head="妻")
    w.benefit("dibao", parent, household_id="FK9", relation_to_head="母")
    w.benefit("dibao", child, household_id="FK9", relation_to_head="女", status="stopped")
    declare(child, "SK9", filed_on=None)
    expect(spouse, enrolment, "SK9", "kin")
    _insider_kin_in_books(w, expect, declare)
    _insider_kin_by_reissue(w, expect, declare)
    # spouses by the marriage register: married, named differently, divorced since, married tomorrow
    for number, (name, divorced, day, confidence) in enumerate(
        (
            ("张三", None, T, "confirmed"),
            ("李四", None, T - DAY, "suspected"),
            ("张三", T, T - DAY, None),
            ("张三", T + DAY, T - DAY, "confirmed"),
            ("张三", None, T + DAY, None),
        )
    ):
        own, relative = w.person(), w.person()
        # reviewed today: nothing new for the rule about marriages
        enrolment = w.benefit("dibao", own, household_id=f"FM{number}", last_review_on=T)
        w.benefit("dibao", relative, household_id=f"FM{number}", relation_to_head="其他", status="suspended")
        declare(relative, f"SM{number}", filed_on=None)
        for event, on in (("marriage", day), ("divorce", divorced)):
            if on:
                w.add("civil_affairs__marriage", certificate_no=f"M{event}{number}", event_type=event,
                      registered_on=on, husband_id_number=own, wife_id_number=relative, wife_name=name,
                      updated_at="2020-05-11")  # fmt: skip
        if confidence:
            expect(own, enrolment, f"SM{number}", "kin", confidence)


def _insider_kin_by_reissue(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """The register has only a certificate issued again; a divorce since; or a divorce before."""
    cases = ((None, None, True), (None, T, False), (T - 9 * DAY, None, False))
    for number, (before, after, found) in enumerate(cases):
        own, relative = w.person(), w.person()
        enrolment = w.benefit("dibao", own, household_id=f"FW{number}", last_review_on=T)
        w.benefit("dibao", relative, household_id=f"FW{number}", relation_to_head="其他", status="suspended")
        declare(relative, f"SW{number}", filed_on=None)
        for event, on in (("divorce", before), ("reissue", T - DAY), ("divorce", after)):
            if on:
                w.cases += 1
                w.add("civil_affairs__marriage", certificate_no=f"MW{w.cases}", event_type=event,
                      registered_on=on, husband_id_number=own, wife_id_number=relative)  # fmt: skip
        if found:
            expect(own, enrolment, f"SW{number}", "kin")


def _insider_kin_in_books(w: World, expect: Callable[..., None], declare: Callable[..., None]) -> None:
    """By the household book of the police: who is near enough to the head, in one book, today."""
    here = "210102000000"
    cases: tuple[tuple[str, str, dict[str, Any], bool], ...] = (
        ("子", "户主", {}, True),
        ("户主", "母亲", {}, True),
        ("独生女", "配偶", {}, True),
        ("养子", "户主", {"full_name": "李四"}, True),
        ("户主", "继父或养父", {}, True),
        ("户主", "妻", {"register_district": "210102001000"}, True),
        ("父亲", "母亲", {}, False),
        ("户主", "兄弟", {}, False),
        ("户主", "儿媳", {}, False),
        ("子", "户主", {"household_no": None}, False),
        ("子", "户主", {"household_no": "another"}, False),
        ("子", "户主", {"register_district": "210103000000"}, False),
        ("子", "户主", {"register_status": "moved_out"}, False),
        ("子", "户主", {"register_status": "cancelled_death"}, False),
    )
    for number, (own_is, relative_is, values, found) in enumerate(cases):
        own, relative, book = w.person(), w.person(), f"HH{number}"
        w.register(own, household_no=book, relation_to_head=own_is, register_district=here)
        given = {"household_no": book, "relation_to_head": relative_is, "register_district": here, **values}
        w.register(relative, given.pop("full_name", "张三"), **given)
        enrolment = w.benefit("dibao", own, household_id=f"FB{number}", relation_to_head="本人")
        declare(relative, f"SB{number}b", filed_on=None)
        if found:
            confidence = "suspected" if "full_name" in values else "confirmed"
            expect(own, enrolment, f"SB{number}b", "kin", confidence)
    # a book of several heads holds strangers; the relative is told of in person, not as somebody's mother
    child, relative, other = w.person(), w.person(), w.person()
    for person, word in ((child, "子"), (relative, "户主"), (other, "户主")):
        w.register(person, household_no="HHC", relation_to_head=word)
    w.benefit("dibao", child, household_id="FBC")
    declare(relative, "SBC", filed_on=None)
    child, relative = w.person(), w.person()
    for person, word in ((child, "子"), (relative, "户主")):
        w.register(person, household_no="HHD", relation_to_head=word)
        enrolment = w.benefit("dibao", person, household_id=f"FBD{word}")
    declare(relative, "SBD", filed_on=None)
    expect(relative, enrolment, "SBD", "not_filed")
