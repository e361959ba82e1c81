"""The second reading of the rules that ask who belongs to whom: see ``second_reading``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from tests.oracle.names import is_called
from tests.oracle.numbers import speaks

if TYPE_CHECKING:
    from tests.oracle.second_reading import Finding, Shown

Row = dict[str, Any]
HEADS = ("本人", "户主")
SPOUSES = ("配偶", "妻", "夫", "丈夫", "妻子")
#: Of the household books of the police too: GB/T 4761 without those who are kin of the spouse only.
CHILDREN = (
    *("子", "女", "儿子", "女儿", "子女", "长子", "长女", "次子", "次女", "独生子", "三子", "四子", "五子"),
    *("养子", "继子", "养子或继子", "其他儿子", "独生女", "三女", "四女", "五女"),
    *("养女", "继女", "养女或继女", "其他女儿"),
)
PARENTS = (
    *("父", "母", "父亲", "母亲", "父母"),
    *("继父", "养父", "继父或养父", "继母", "养母", "继母或养母"),
)
#: Family of the head, but nobody's spouse, parent or child by that word. Registers write more words than
#: these; worlds and cities use no others.
RELATIVES = (
    *("孙子", "孙女", "外孙子", "外孙女", "祖父", "祖母", "外祖父", "外祖母", "儿媳", "女婿"),
    *("兄", "弟", "姐", "妹", "兄弟", "姐妹", "兄弟姐妹", "公公", "婆婆", "岳父", "岳母"),
)
_RANK = ("not_filed", "not_visited", "own_approval", "kin", "applicant", "applicant_kin")


def _sure(held: list[tuple[str, Row]], name: str) -> bool:
    return any(is_called(row, name) for _, row in held)


def married_to(shown: Shown) -> dict[str, tuple[Row, str, str]]:
    """Who is married at the end of the day: the certificate, the spouse's number and name. A certificate
    issued again tells of a couple of whom the register has nothing earlier (the dossier is silent)."""
    latest: dict[str, tuple[Row, str, str]] = {}
    told = [row for row in shown.rows("civil_affairs__marriage") if row["registered_on"] <= shown.day]
    first: dict[frozenset[str], Row] = {}
    for row in sorted(told, key=lambda r: (r["registered_on"], r["event_type"] == "reissue", *_newer(r))):
        first.setdefault(frozenset((row["husband_id_number"], row["wife_id_number"])), row)
    firsts = {id(row) for row in first.values()}
    known = [row for row in told if row["event_type"] != "reissue" or id(row) in firsts]
    for row in sorted(known, key=lambda r: (r["registered_on"], *_newer(r))):
        for one, other in (("husband", "wife"), ("wife", "husband")):
            number, spouse = row[f"{one}_id_number"], row[f"{other}_id_number"]
            latest[number] = (row, spouse, row[f"{other}_name"])
    wed = ("marriage", "reissue")
    return {number: found for number, found in latest.items() if found[0]["event_type"] in wed}


def _newer(certificate: Row) -> tuple[Any, str]:
    return certificate["updated_at"], certificate["certificate_no"]


def _families(shown: Shown) -> dict[str, list[Row]]:
    """Who is named in one household, receiving or not, in either register of families; and in one household
    book of the police today. In a book of several heads nobody says whose child or spouse somebody is."""
    households = defaultdict(list)
    for feed_id in ("civil_affairs__dibao", "civil_affairs__low_income"):
        for row in shown.rows(feed_id):
            households[feed_id + row["household_id"]].append({**row, "home": feed_id + row["household_id"]})
    books = defaultdict(list)
    for row in shown.rows("public_security__household_register"):
        if row["register_status"] == "normal" and row["household_no"] is not None:
            books[f"book {(row['register_district'] or '')[:6]} {row['household_no']}"].append(row)
    for book, rows in books.items():
        if sum(row["relation_to_head"] in HEADS for row in rows) <= 1:
            households[book] = rows
    return households


def _close(one: str, other: str) -> bool:
    """Is somebody who is ``one`` to the head the spouse, parent or child of who is ``other`` to the head?"""
    near = (*SPOUSES, *CHILDREN, *PARENTS)
    if one in HEADS or other in HEADS:
        return one in near or other in near
    return (one in SPOUSES and other in CHILDREN) or (one in CHILDREN and other in SPOUSES)


def insider_relative(shown: Shown) -> Iterator[Finding]:
    """The relative on the benefit in person, else the relative's kin on it or applying for it. The dossier's
    words also hold of kin beside a relative who is on it: told of the relative already, and not read here.
    Parents are not each other's kin by their relation to the head alone."""
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    for number, event, sub, sure in [*_unrecorded(shown), *_agreed(shown)]:
        found[number, event].append((sub, sure))
    on_dibao: dict[str, bool] = defaultdict(bool)
    for (number, event), ways in found.items():
        sure = any(s for _, s in ways)
        sub = min((sub for sub, _ in ways), key=_RANK.index)
        words = "confirmed" if sure else "suspected"
        yield "warning", "insider_relative", number, event, sub, words
        if shown.benefits(number, ("dibao",)):
            on_dibao[number] |= sure
    for number, sure in on_dibao.items():
        yield "check", "insider_relative", number, "dibao", None, "confirmed" if sure else "suspected"


def _unrecorded(shown: Shown) -> Iterator[tuple[str, str, str, bool]]:
    day, spouses = shown.day, _spouses(shown)
    in_family, applying = _kin_in_families(shown), defaultdict(set)
    for row in _applying(shown):
        applying[row["id_number"]].add(row["full_name"])
    for row in shown.rows("civil_affairs__dibao", "staff_relative"):
        cadre = any(word in row["staff_position"] for word in ("社区", "村", "居委会"))
        gap = _gap(row, day)
        if not gap or not (cadre or row["has_approval_rights"]):
            continue
        number, name = row["relative_id_number"], row["relative_name"]
        event = f"record:{row['staff_id']}"
        held = shown.benefits(number, ("dibao",))
        if held:
            yield number, event, gap, _sure(held, name)
            continue
        if number in applying:
            yield number, event, "applicant", name in applying[number]
        for kin, own_name in [*in_family[number], *spouses[number]]:
            if shown.benefits(kin, ("dibao",)):
                yield kin, event, "kin", own_name == name
            elif kin in applying:
                yield kin, event, "applicant_kin", own_name == name


def _kin_in_families(shown: Shown) -> dict[str, list[tuple[str, str]]]:
    """For each number those it is close to in a family, and under which name it is there itself."""
    kin: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for rows in _families(shown).values():
        for own in rows:
            kin[own["id_number"]] += [
                (other["id_number"], own["full_name"])
                for other in rows
                if other["id_number"] != own["id_number"]
                and _close(own["relation_to_head"], other["relation_to_head"])
            ]
    return kin


def _applying(shown: Shown) -> list[Row]:
    """Open applications for dibao that were accepted by the day."""
    return [
        row
        for row in shown.rows("platform__application")
        if row["matter"] == "dibao" and row["status"] == "open" and row["accepted_on"] <= shown.day
    ]


def _spouses(shown: Shown) -> dict[str, list[tuple[str, str]]]:
    """For each number who says to be married to it, and under which name of the spouse."""
    spouses = defaultdict(list)
    for number, (_, spouse, name) in married_to(shown).items():
        spouses[spouse].append((number, name))
    return spouses


def _gap(row: Row, day: date) -> str | None:
    for column, gap in (("filed_on", "not_filed"), ("home_visit_on", "not_visited")):
        if row[column] is None or row[column] > day:
            return gap
    return None


def _agreed(shown: Shown) -> Iterator[tuple[str, str, str, bool]]:
    """Steps agreed to by the relative of the member, or of the applicant, in person."""
    by_application, by_home = _who_agreed(shown)
    applying = _applying(shown)
    for row in shown.rows("civil_affairs__dibao", "staff_relative"):
        number, staff, name = row["relative_id_number"], row["staff_id"], row["relative_name"]
        held = shown.benefits(number, ("dibao",))
        own = [(b, m) for b, m in held if staff in by_home[m["household_id"]]]
        if own:
            yield number, f"approval:{staff}", "own_approval", _sure(own, name)
        for case in applying:
            if case["id_number"] == number and not held and staff in by_application[case["application_id"]]:
                yield number, f"approval:{staff}", "own_approval", case["full_name"] == name


def _who_agreed(shown: Shown) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The staff by application, and by household."""
    by_application: dict[str, set[str]] = defaultdict(set)
    by_home: dict[str, set[str]] = defaultdict(set)
    for step in shown.rows("platform__approval_step"):
        if step["result"] == "agreed":
            by_application[step["application_id"]].add(step["staff_id"])
    for row in shown.rows("platform__application"):
        if row["matter"] == "dibao":
            for home in homes_of(shown, row):
                by_home[home] |= by_application[row["application_id"]]
    return by_application, by_home


def homes_of(shown: Shown, application: Row) -> list[str]:
    """The household an application is about: the one it names, else the applicant's."""
    if application["household_id"]:
        return [application["household_id"]]
    return [m["household_id"] for _, m in shown.benefits(application["id_number"], ("dibao",))]


def disability_cert(shown: Shown) -> Iterator[Finding]:
    """The certificate in force decides, else the one issued last; by benefit the most serious counts.
    A certificate holds through its last day, so it expires the day after; class changes change no amount."""
    day = shown.day
    held: dict[str, list[Row]] = defaultdict(list)
    for row in shown.rows("disabled_federation__disability_certificate"):
        if row["issued_on"] <= day:
            held[row["id_number"]].append(row)
    order = ("cancelled", "frozen", "expired", "level_changed", "expiring")
    for number, papers in held.items():
        row = max(
            papers, key=lambda r: (_in_force(r, day), r["issued_on"], r["updated_at"], r["certificate_no"])
        )
        paid = shown.benefits(number, ("disability_living", "disability_care"))
        found = [(sub, r) for benefit, r in paid if (sub := _trouble(row, benefit, day))]
        if found:
            sub = min((sub for sub, _ in found), key=order.index)
            sure = any(is_called(r, row["full_name"]) for _, r in found)
            event = f"certificate:{row['issued_on']}"
            words = "confirmed" if sure else "suspected"
            yield "warning", "disability_cert", number, event, sub, words
    yield from _of_somebody_else(shown)


def _of_somebody_else(shown: Shown) -> Iterator[Finding]:
    """The dossier: the number inside a certificate's is the person's. Told where the certificate is by number
    or by the federation's word another's, and nobody says that it is the person's."""
    papers = defaultdict(list)
    for row in shown.rows("disabled_federation__disability_certificate"):
        papers[row["certificate_no"][:20]].append(row)
    for person, held in shown.people.items():
        own = {person, *(old for old, new in shown.present.items() if new == person)}
        met = []
        for benefit, row in held:
            if not benefit.startswith("disability_") or row["certificate_no"] is None:
                continue
            number = row["certificate_no"][:20]
            holders = sorted(papers[number], key=lambda r: (r["issued_on"], r["updated_at"]))
            if number[:18] in own or own & {r["id_number"] for r in holders}:
                continue
            if holders or re.match(r"\d{17}[\dX][1-7][1-4]", number):
                met.append(((benefit, row), not (holders and is_called(row, holders[-1]["full_name"]))))
        if met:
            subject = speaks([one for one, sure in met if sure] or [one for one, _ in met])
            words = "confirmed" if any(sure for _, sure in met) else "suspected"
            yield "warning", "disability_cert", subject, "certificate:not_own", "not_own_certificate", words


def _in_force(row: Row, day: date) -> bool:
    return row["certificate_status"] == "valid" and (row["valid_until"] is None or row["valid_until"] >= day)


def _trouble(row: Row, benefit: str, day: date) -> str | None:
    if row["certificate_status"] != "valid":
        return str(row["certificate_status"])
    if not _in_force(row, day):
        return "expired"
    if benefit == "disability_care" and row["disability_level"] not in ("level_1", "level_2"):
        return "level_changed"
    last = row["valid_until"]
    return "expiring" if last is not None and (last - day).days <= 90 else None


def marriage_change(shown: Shown) -> Iterator[Finding]:
    """What the spouse did with the member is the member's own event. A spouse is missing if the wedding was
    known at the review (else it is the wedding that is told) and no register of deaths names the spouse."""
    order = ("married", "divorced", "annulled", "spouse_event", "spouse_missing")
    found: dict[tuple[str, str], list[tuple[str, bool]]] = defaultdict(list)
    events, couples = _events(shown), married_to(shown)
    near = _homes(shown), _dead(shown)
    for number in list(shown.holders):
        for _, member in shown.benefits(number, ("dibao", "low_income")):
            known = reviewed(member, shown.day)
            for row, name in events[number]:
                if row["registered_on"] > known:
                    sub = {"marriage": "married", "divorce": "divorced", "annulment": "annulled"}
                    event = f"{row['event_type']}:{row['registered_on']}"
                    found[number, event].append((sub[row["event_type"]], is_called(member, name)))
            if number in couples:
                for event, sub_type, sure in _of_the_spouse(member, known, couples[number], events, *near):
                    found[number, event].append((sub_type, sure))
    for (number, event), ways in found.items():
        sub_type = min((sub for sub, _ in ways), key=order.index)
        words = "confirmed" if any(sure for _, sure in ways) else "suspected"
        yield "warning", "marriage_change", number, event, sub_type, words


def _of_the_spouse(
    member: Row,
    known: date,
    couple: tuple[Row, str, str],
    events: dict[str, list[tuple[Row, str]]],
    homes: dict[str, set[str]],
    dead: set[str],
) -> Iterator[tuple[str, str, bool]]:
    """What the spouse did with somebody else since the review; and whether the family names the spouse."""
    wedding, spouse, spouse_name = couple
    number = member["id_number"]
    side = "husband" if wedding["husband_id_number"] == number else "wife"
    own = is_called(member, wedding[f"{side}_name"])
    for row, name in events[spouse]:
        both = (row["husband_id_number"], row["wife_id_number"])
        if number not in both and row["registered_on"] > known:
            event = f"spouse_{row['event_type']}:{row['registered_on']}"
            yield event, "spouse_event", own and name == spouse_name
    if spouse not in homes[number] and spouse not in dead and wedding["registered_on"] <= known:
        yield f"{wedding['event_type']}:{wedding['registered_on']}", "spouse_missing", own


def _dead(shown: Shown) -> set[str]:
    return {
        row["id_number"]
        for feed in ("public_security__death_cancellation", "civil_affairs__cremation")
        for row in shown.rows(feed)
        if row["id_number"] and row["death_date"] <= shown.day
    }


def reviewed(member: Row, day: date) -> date:
    """Until when the family's marriages are known to the office."""
    review = member.get("last_review_on")
    known: date = review if review is not None and review <= day else member["start_date"]
    return known


def _events(shown: Shown) -> dict[str, list[tuple[Row, str]]]:
    """Marriages, divorces and annulments of each person, with the person's name on the certificate."""
    events = defaultdict(list)
    for row in shown.rows("civil_affairs__marriage"):
        if row["event_type"] != "reissue" and row["registered_on"] <= shown.day:
            for side in ("husband", "wife"):
                events[row[f"{side}_id_number"]].append((row, row[f"{side}_name"]))
    return events


def _homes(shown: Shown) -> dict[str, set[str]]:
    """Everybody named in the households in which a person is on a benefit."""
    homes: dict[str, set[str]] = defaultdict(set)
    for feed, benefit in (("civil_affairs__dibao", "dibao"), ("civil_affairs__low_income", "low_income")):
        members = defaultdict(set)
        for row in shown.rows(feed):
            members[row["household_id"]].add(row["id_number"])
        for number in list(shown.holders):
            for _, row in shown.benefits(number, (benefit,)):
                homes[number] |= members[row["household_id"]]
    return homes


FAMILY_RULES = (insider_relative, disability_cert, marriage_change)
