"""Random small worlds: a family or two each, and facts about its people drawn independently of each other.

Nothing here knows a rule. Days lie around the distances the rules ask for (a day before, the day, a day
after), amounts around their limits; which of them meet in one person is left to chance. Many small worlds
of people with nothing to do with each other are loaded side by side, since one run of dbt costs the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.random_worlds.facts import FACTS
from tests.random_worlds.limits import alone, begun, drawn_on, fit, kept_on, reviews
from tests.random_worlds.near import AGES, INSTITUTIONS, NAMES, TRADITIONAL, birthday_of, near
from tests.random_worlds.payments import pay
from tests.support.hand_made_world import BENEFITS, World, id_number, tables

#: Month ends, 1 July, a year's end, around 29 February of a leap year and of others, Spring Festival of
#: 2020 (made longer), days on which reports are due, a year the calendar does not know, days before everybody
#: of eighty is entitled and before statutory days of such a year, ordinary days.
DAYS = (
    date(2019, 12, 31), date(2020, 1, 31), date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1),
    date(2020, 3, 31), date(2020, 5, 12), date(2020, 5, 31), date(2020, 6, 30), date(2020, 7, 1),
    date(2020, 7, 11), date(2020, 8, 10), date(2021, 1, 10), date(2021, 2, 28), date(2021, 7, 1),
    date(2021, 12, 31), date(2022, 3, 30), date(2022, 2, 28), date(2022, 5, 31), date(2027, 3, 31),
    date(2024, 12, 20), date(2027, 9, 24),
)  # fmt: skip
SMALL_WORLDS = 200
#: Day and first seed of the examples of ``make test`` and ``make mutants``.
EXAMPLES = (
    (date(2020, 3, 1), 1000), (date(2022, 2, 28), 2000), (date(2027, 3, 31), 3000), (date(2020, 8, 10), 4000),
)  # fmt: skip
#: Streets with and without cases of ten people: two large ones, and small ones with about ten.
_STREETS = (
    *(210102001, 210103001) * 8, 210104001, 210105001, 210106001, 210111001, 210112001, 210113001,
    210114001, 210115100, 210123100, 210124100,
)  # fmt: skip
_PLACES = tuple(f"{street}{place:03d}" for street in _STREETS for place in (1, 2))
#: Benefits a household holds together.
_OF_FAMILIES = ("dibao", "low_income")
_RELATIONS = ("配偶", "妻", "子", "女", "长子", "父", "母亲", "其他")
_CLASSES = ("普通", "重残", "重病", "七十岁以上老人", "未成年人", "在校生", "七十岁以上老人、重残")


@dataclass
class Person:
    """``former``: the number the person had before, as the registries' cases tell."""

    number: str
    name: str
    former: str | None = None


class Small:
    """One small world: its people, and the means to add rows about them to the world all share."""

    def __init__(self, world: World, day: date, seed: int) -> None:
        self.world, self.day, self.seed, self.rng = world, day, seed, Random(seed)
        #: for what was added later: so the worlds of a seed stay what they were in all the rest
        self.aside = Random(seed + 10**9)
        #: under which number a stay is entered; one more of its own, for the same reason
        self.entered = Random(seed + 2 * 10**9)
        self.people: list[Person] = []

    def person(self) -> Person:
        """Somebody new, born around a birthday the rules know or on any day, 29 February among them."""
        rng = self.rng
        if rng.random() < 0.5:
            born = birthday_of(rng, self.day, rng.choice(AGES))
        else:
            born = rng.choice((date(1960, 2, 29), date(1940, 2, 29), date(1975, 6, 1), date(2004, 2, 29)))
        person = Person(self.world.person(born), rng.choice(NAMES))
        if rng.random() < 0.12:
            person.former = id_number(born, self.world.people, prefix="210103")
        self.people.append(person)
        return person

    def key(self, prefix: str) -> str:
        self.world.cases += 1
        return f"{prefix}{self.world.cases}"

    def name_of(self, person: Person) -> str:
        """Mostly the person's own name, now and then somebody else's, or in traditional characters."""
        name = person.name if self.rng.random() < 0.8 else self.rng.choice(NAMES)
        return name.translate(TRADITIONAL) if self.rng.random() < 0.1 else name

    def add(self, table: str, **values: Any) -> None:
        """A row of the day's batch, of the batch before, or of both: changed, or taken back."""
        rng, earlier = self.rng, self.day - timedelta(days=5)
        feed, declared = tables()[table]
        columns = {c.name for c in declared.columns}
        if "region_code" in columns:
            values.setdefault("region_code", rng.choice(_PLACES))
        told = {"updated_at": datetime(2018, 1, 1)} if "updated_at" in columns else {}
        later = {"updated_at": datetime(2018, 1, 2)} if told else {}
        way = rng.random()
        if way < 0.85 or feed.mode == "events":
            self.world.add(table, self.day, **told, **values)
        elif way < 0.90:
            self.world.add(table, earlier, **told, **values)
        elif way < 0.95 and "operation" in columns:
            self.world.add(table, earlier, **told, **values)
            self.world.add(table, self.day, **later, **{**values, "operation": "delete"})
        else:
            named = [c for c in ("full_name", "owner_name", "buyer_name") if c in columns]
            self.world.add(table, earlier, **told, **{**values, **{c: rng.choice(NAMES) for c in named}})
            self.world.add(table, self.day, **later, **values)


def _enrol(small: Small, person: Person, kind: str, relation: str, household: str, home: Any) -> None:
    rng = small.rng
    table, key, shape = BENEFITS[kind]
    given: dict[str, Any] = {
        key: small.key("C"), "id_number": person.number, "full_name": small.name_of(person),
        "status": "active" if rng.random() < 0.9 else rng.choice(("stopped", "suspended")),
        "start_date": begun(small, kind) if rng.random() < 0.7 else near(rng, small.day),
        "stop_date": near(rng, small.day) if rng.random() < 0.15 else None,
    } | {k: v for k, v in shape.items() if k == "allowance_type"}  # fmt: skip
    if kind in _OF_FAMILIES:
        given |= {"household_id": household, "relation_to_head": relation, **home}
        if kind == "low_income":
            given = {k: v for k, v in given.items() if k not in ("last_review_on", "review_due_on")}
        else:
            given["category"] = rng.choice(_CLASSES)
            given["monthly_amount"] = Decimal(rng.choice((0, 100, 385)))
            given |= alone(small, home["standard_class"]) if rng.random() < 0.2 else {}
    if kind == "tekun":
        given |= {
            "person_class": rng.choice(("elderly", "minor", "minor", "disabled")),
            "standard_class": rng.choice(("urban", "rural")),
            "ability_tier": rng.choice(("self_care", "partial_care", "full_care")),
            "support_form": small.aside.choice(("central", "scattered")),
            "institution_name": small.aside.choice((None, *INSTITUTIONS)),
        }
    if kind == "orphan":
        given["support_form"] = rng.choice(("central", "scattered"))
        given["school_until"] = near(rng, small.day) if rng.random() < 0.6 else None
        given["guardian_name"] = rng.choice(NAMES)
    if kind.startswith("disability_"):
        given["certificate_no"] = drawn_on(small, person)
    if kind == "old_age":
        given["age_band"] = rng.choice(("80-89_low_income", "90-99", "100+"))
    if person.former:
        _renumbered(small, table, given, person.former)
    else:
        if rng.random() < 0.06:  # the office knew the case under another name before
            before = {**given, "updated_at": datetime(2017, 1, 1)}
            small.world.add(table, small.day - timedelta(days=5), **before)
            given["full_name"] = rng.choice(NAMES)
        small.add(table, **given)
    fit(small, person, kind)


def _renumbered(small: Small, table: str, given: dict[str, Any], former: str) -> None:
    """A case that bore another number first; now and then another name, and then it was another's."""
    name = given["full_name"] if small.rng.random() < 0.8 else small.rng.choice(NAMES)
    before = {**given, "id_number": former, "full_name": name}
    small.world.add(table, small.day - timedelta(days=5), updated_at=datetime(2018, 1, 1), **before)
    small.world.add(table, small.day, updated_at=datetime(2018, 1, 2), **given)
    if small.rng.random() < 0.2:  # and was renamed, or renumbered, once more
        again = {"full_name": small.rng.choice(NAMES)} if small.rng.random() < 0.7 else {"id_number": former}
        small.world.add(table, small.day, updated_at=datetime(2018, 1, 3), **{**given, **again})
    if small.rng.random() < 0.15:
        held = {"id_number": former, "full_name": small.rng.choice(NAMES), "updated_at": datetime(2018, 1, 1)}
        known = small.world.rows["public_security__household_register", small.day]
        if all(row["id_number"] != former for row in known):
            small.world.add("public_security__household_register", small.day, **held)


def _family(small: Small) -> None:
    rng, day = small.rng, small.day
    people = [small.person() for _ in range(rng.randint(1, 3))]
    kind, household = rng.choice(("dibao", "dibao", "low_income")), small.key("H")
    home = {
        "standard_class": rng.choice(("urban", "rural")),
        "household_income": Decimal(rng.choice((0, 0, 300, 601, 685, 2055))),
        "last_review_on": near(rng, day) if rng.random() < 0.6 else None,
        "review_due_on": near(rng, day) if rng.random() < 0.6 else None,
        "region_code": rng.choice(_PLACES),
    }
    home |= reviews(small) if rng.random() < 0.5 else {}
    home |= kept_on(small) if rng.random() < 0.12 else {}
    for place, person in enumerate(people):
        relation = rng.choice(("本人", "本人", "户主")) if place == 0 else rng.choice(_RELATIONS)
        if place == 0 or rng.random() < 0.9:
            _enrol(small, person, kind, relation, household, home)


def _fitting(rng: Random, person: Person, day: date) -> str | None:
    """The benefit whose age limit is near, for most of those near one: else too few meet it on the day."""
    years = day.year - int(person.number[6:10])
    return {18: "orphan", 16: "tekun"}.get(years) if rng.random() < 0.8 else None


def _book(small: Small) -> dict[str, Any]:
    """One of two household books, and what the person is to its head; or none."""
    rng = small.aside
    number = rng.choice((f"HB{small.seed}", f"HB{small.seed}", f"HC{small.seed}", None))
    return {
        "household_no": number,
        "relation_to_head": rng.choice((None, "户主", *_RELATIONS, "孙女", "儿媳")),
    }


def draw(world: World, day: date, seed: int) -> Small:
    """Adds one small world, the same for the same seed and day but for the numbers of its people."""
    small = Small(world, day, seed)
    rng = small.rng
    if rng.random() < 0.7:
        _family(small)
    for _ in range(rng.randint(0 if small.people else 1, 2)):
        person = small.person() if not small.people or rng.random() < 0.6 else rng.choice(small.people)
        kind = _fitting(rng, person, day) or rng.choice([k for k in BENEFITS if k not in _OF_FAMILIES])
        _enrol(small, person, kind, "本人", "", {})
    for person in small.people:
        if rng.random() < 0.85:
            world.add("public_security__household_register", day, id_number=person.number, **_book(small),
                      full_name=small.name_of(person), updated_at=datetime(2018, 1, 1),
                      register_status="normal" if rng.random() < 0.9
                      else rng.choice(("moved_out", "not_found", "cancelled_death")),
                      register_district="210102000000" if rng.random() < 0.9 else "110101000000")  # fmt: skip
        for chance, fact in FACTS:
            if rng.random() < chance:
                fact(small, person)
    pay(small)
    return small
