"""Certificates of disability and of marriage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tests.dbt.cases.expected import DAY, Expected, renumbered, report_death
from tests.support.hand_made_world import T, World


def disability_cert(w: World, e: Expected) -> None:
    def paper(person: str, **values: Any) -> None:
        w.cases += 1
        given = {"disability_class": "physical", "disability_level": "level_1", "certificate_status": "valid",
                 "issued_on": date(2015, 1, 1), "valid_until": date(2030, 1, 1),
                 "certificate_no": f"Z{w.cases}", **values}  # fmt: skip
        w.add("disabled_federation__disability_certificate", id_number=person, **given)

    def case(sub_type: str | None, *kinds: str, issued: str = "2015-01-01", confidence: str = "confirmed",
             papers: tuple[dict[str, Any], ...] = ({},)) -> None:  # fmt: skip
        person = w.person()
        for kind in kinds:
            w.benefit(kind, person)
        for values in papers:
            paper(person, **values)
        if sub_type:
            e.warn("disability_cert", person, f"certificate:{issued}", sub_type, confidence)

    care, living = "disability_care", "disability_living"
    for status in ("cancelled", "frozen", "expired"):
        case(status, care, papers=({"certificate_status": status},))
    case(None, care)
    case("cancelled", care, living, papers=({"certificate_status": "cancelled"},))
    case("expired", living, papers=({"valid_until": T - DAY},))
    for days, sub_type in ((0, "expiring"), (90, "expiring"), (91, None)):
        case(sub_type, living, papers=({"valid_until": T + days * DAY},))
    case(None, care, papers=({"valid_until": None},))
    case(None, care, papers=())
    case("level_changed", care, papers=({"disability_level": "level_3"},))
    case(None, care, papers=({"disability_level": "level_2"},))
    case(None, living, papers=({"disability_level": "level_4"},))
    case("level_changed", living, care, papers=({"disability_level": "level_4", "valid_until": T},))
    # an old certificate is cancelled, another is in force; or not issued yet
    old = {"certificate_status": "cancelled"}
    case(None, care, papers=(old, {"issued_on": T}))
    case("cancelled", care, papers=(old, {"issued_on": T + DAY}))
    case("level_changed", care, issued="2020-05-01",
         papers=(old, {"issued_on": date(2020, 5, 1), "disability_level": "level_3"}))  # fmt: skip
    case("expiring", care, papers=({"valid_until": T}, {"issued_on": T, "certificate_status": "frozen"}))
    case("cancelled", care, confidence="suspected", papers=({**old, "full_name": "李四"},))
    case(None, "dibao", papers=(old,))
    _certificates_of_others(w, e, paper)


def _certificates_of_others(w: World, e: Expected, paper: Callable[..., None]) -> None:
    """The allowance names a certificate: whose, by its number and by what the federation holds."""
    here, other = "certificate:not_own", "李四"

    def drawn(number: str, *kinds: str, found: str | None, person: str | None = None, **values: Any) -> str:
        person = person or w.person()
        for kind in kinds or ("disability_care",):
            w.benefit(kind, person, certificate_no=number.replace("own", person), **values)
        if found:
            e.warn("disability_cert", person, here, "not_own_certificate", found)
        return person

    for status in ("cancelled", "frozen", "valid"):
        stranger = w.person()
        paper(stranger, certificate_no=f"{stranger}41", certificate_status=status, full_name=other)
        drawn(f"{stranger}41", found="confirmed")
    # living and care on one; issued again; a namesake holds it; the federation does not know it
    stranger = w.person()
    paper(stranger, certificate_no=f"{stranger}41B2", full_name="李四")
    drawn(f"{stranger}41", "disability_living", "disability_care", found="confirmed")
    drawn(f"{stranger}41B1", found="confirmed")
    namesake = w.person()
    paper(namesake, certificate_no=f"{namesake}41")
    drawn(f"{namesake}41", found="suspected")
    drawn(f"{w.person()}41", found="confirmed")
    # held by the federation for another, though nobody can read that from it
    paper(w.person(), certificate_no="Z-other", full_name="李四")
    drawn("Z-other", found="confirmed")
    # the own one: nothing known of it, known, issued again, the federation's word only; none; unreadable
    drawn("own41", found=None)
    for held, named in (("41", "41"), ("41B1", "41"), ("41", "41B3")):
        person = drawn(f"own{named}", found=None)
        paper(person, certificate_no=f"{person}{held}")
    paper(drawn("Z-mine", found=None), certificate_no="Z-mine")
    drawn("", found=None)
    drawn("Z-unheard-of", found=None)
    # the number the person had before is the person's, with the certificate cancelled or not known at all
    for number, known in enumerate((True, False)):
        former, now = renumbered(w, "old_age", f"RC{number}")
        drawn(f"{former}41", found=None, person=now)
        if known:
            paper(now, certificate_no=f"{former}41")
    # stopped, or not an allowance that hangs on a certificate
    drawn(f"{stranger}41", found=None, status="stopped")
    # the own certificate is cancelled as well: two things are told
    person = drawn(f"{stranger}41", found="confirmed")
    paper(person, certificate_status="cancelled", certificate_no=f"{person}41")
    e.warn("disability_cert", person, "certificate:2015-01-01", "cancelled")


def marriage_change(w: World, e: Expected) -> None:
    def certificate(husband: str, wife: str, event: str, day: date, **values: Any) -> None:
        w.cases += 1
        w.add("civil_affairs__marriage", certificate_no=f"MC{w.cases}", event_type=event, registered_on=day,
              husband_id_number=husband, wife_id_number=wife, **values)  # fmt: skip

    def member(kind: str = "dibao", **values: Any) -> str:
        w.cases += 1
        person = w.person()
        given = {"household_id": f"FC{w.cases}", "relation_to_head": "本人", **values}
        if kind == "dibao":
            given = {"last_review_on": date(2020, 3, 1), **given}
        w.benefit(kind, person, **given)
        return person

    for event, day, sub_type in (
        ("marriage", date(2020, 3, 2), "married"),
        ("marriage", T, "married"),
        ("divorce", date(2020, 3, 2), "divorced"),
        ("annulment", date(2020, 3, 2), "annulled"),
        ("marriage", date(2020, 3, 1), "spouse_missing"),
        ("divorce", date(2020, 3, 1), None),
        ("reissue", date(2020, 3, 2), None),
        ("marriage", T + DAY, None),
    ):
        person = member()
        certificate(person, w.person(), event, day)
        if sub_type:
            e.warn("marriage_change", person, f"{event}:{day}", sub_type)
    # a wife; another name; a benefit without reviews; one that does not ask; a review still to come
    wife, renamed, poor, disabled, planned = (
        member(), member(), member("low_income"), w.person(), member(last_review_on=T + DAY)
    )  # fmt: skip
    w.benefit("tekun", disabled)
    for number, person in enumerate((renamed, poor, disabled, planned)):
        certificate(person, w.person(), "marriage", date(2019, 1, 2 + number) if number else T - DAY,
                    husband_name="张三" if number else "李四")  # fmt: skip
    certificate(w.person(), wife, "divorce", T)
    e.warn("marriage_change", wife, f"divorce:{T}", "divorced")
    e.warn("marriage_change", renamed, f"marriage:{T - DAY}", "married", "suspected")
    e.warn("marriage_change", poor, "marriage:2019-01-03", "married")
    e.warn("marriage_change", planned, "marriage:2019-01-05", "married")
    # a couple in one family; the spouse receives nothing, and married again elsewhere
    one, other, third = member(household_id="FC-one"), w.person(), w.person()
    w.benefit("dibao", other, household_id="FC-one", relation_to_head="配偶", status="suspended")
    certificate(one, other, "marriage", date(2000, 1, 1))
    certificate(third, other, "marriage", T - DAY)
    e.warn("marriage_change", one, f"spouse_marriage:{T - DAY}", "spouse_event")
    _couples_of_reissues(w, e, member, certificate)
    # the spouse has died, or dies tomorrow
    for day, missing in ((T, False), (T + DAY, True)):
        widow, spouse = member(), w.person()
        certificate(spouse, widow, "marriage", date(2000, 1, 1))
        report_death(w, spouse, day, funeral=True)
        if missing:
            e.warn("marriage_change", widow, "marriage:2000-01-01", "spouse_missing")


def _couples_of_reissues(
    w: World, e: Expected, member: Callable[..., str], certificate: Callable[..., None]
) -> None:
    # only a certificate issued again says that they are a couple: the first of two; the family names one
    for number, named in enumerate((False, True)):
        person, spouse = member(household_id=f"FRI{number}"), w.person()
        if named:
            w.benefit(
                "dibao", spouse, household_id=f"FRI{number}", relation_to_head="配偶", status="suspended"
            )
        certificate(person, spouse, "reissue", date(2019, 5, 1))
        certificate(person, spouse, "reissue", date(2020, 1, 1))
        if not named:
            e.warn("marriage_change", person, "reissue:2019-05-01", "spouse_missing")
    # issued again after a wedding or a divorce that is on record: nothing new
    for event, day, missing in (("marriage", date(2000, 1, 1), True), ("divorce", date(2000, 1, 1), False)):
        person, spouse = member(), w.person()
        certificate(person, spouse, event, day)
        certificate(person, spouse, "reissue", date(2019, 5, 1))
        if missing:
            e.warn("marriage_change", person, f"marriage:{day}", "spouse_missing")
