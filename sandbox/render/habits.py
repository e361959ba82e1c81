"""How each department spells things. Data, not code: one line per habit."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.catalogue.model import Feed

#: Habits that tests switch on through the control endpoint.
SWITCHES = frozenset(
    {
        "trailer_mismatch",
        "flag_missing",
        "digest_mismatch",
        "partial_page",
        "empty_file",
        "truncated_file",
        "column_renamed",
        "column_added",
        "column_order",
        "poison",
    }
)


@dataclass(frozen=True)
class Spelling:
    """``date``, ``month``: strftime forms, or ``slash`` (2020/5/2), ``serial`` (Excel's day number)."""

    date: str = "%Y-%m-%d"
    month: str = "%Y-%m"
    timestamp: str = "%Y-%m-%d %H:%M:%S"
    flags: tuple[str, str] = ("否", "是")
    short_region: bool = False


_BY_FEED = {
    "public_security__migration": Spelling(date="slash", short_region=True),
    "public_security__detention": Spelling(date="serial"),
    "public_security__prison": Spelling(date="%Y.%m.%d"),
    "public_security__household_register": Spelling(date="%Y%m%d", short_region=True),
    "housing__public_rental": Spelling(date="slash"),
    "housing__real_estate_title": Spelling(date="%Y年%m月%d日"),
    "market_regulation__farmer_cooperative": Spelling(date="slash"),
    "finance__shenyang_rural_commercial": Spelling(date="slash"),
    "finance__jinzhou": Spelling(date="serial"),
    "finance__china_life": Spelling(date="slash"),
    "disabled_federation__disability_certificate": Spelling(date="%Y%m%d"),
}
_BANK = Spelling(date="%Y%m%d")
_FRONT_END = Spelling(date="%Y%m%d", month="%Y%m")
_OWN_SYSTEM = Spelling(flags=("0", "1"))
_SOAP = Spelling(month="%Y%m")


def spelling_of(feed: Feed) -> Spelling:
    """Returns how a department spells dates, months, flags and regions."""
    if feed.feed_id in _BY_FEED:
        return _BY_FEED[feed.feed_id]
    if feed.protocol == "sql":
        return _FRONT_END if feed.kind == "department" else _OWN_SYSTEM
    if feed.protocol == "soap":
        return _SOAP
    return _BANK if feed.format and feed.format.kind in ("fixed_width", "pipe") else Spelling()


#: Departments whose export changes its column order from day to day.
RESTLESS_ORDER = frozenset({"social_security__work_injury_insurance"})
