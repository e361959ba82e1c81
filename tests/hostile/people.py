"""Five people who may be asked about, for the feeds that are asked."""

from __future__ import annotations

from datetime import date

from tests.hostile.protocol_harness import FIRST_DAY, SURNAME, Hub, id_of
from tests.support.fakes import Row
from tests.support.loading import delivery, load

PEOPLE = 5


def authorise(hub: Hub) -> None:
    """Loads their authorisations, as of the day before the first case."""
    rows: list[Row] = [
        {
            "authorisation_id": f"S{n}",
            "id_number": id_of(n),
            "full_name": f"{SURNAME}文",
            "scope": "all",
            "authorised_from": date(2020, 1, 1),
            "check_due_on": FIRST_DAY,
        }
        for n in range(1, PEOPLE + 1)
    ]
    load(hub.settings, "platform__authorisation", delivery(*rows), FIRST_DAY)
