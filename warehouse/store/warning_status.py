"""When a published warning is open: the states of ``marts.warnings.status`` that wait for somebody."""

from __future__ import annotations

#: Nobody has looked yet, somebody has, somebody is checking. All other states end a warning.
OPEN_STATES = ("open", "acknowledged", "verifying")
#: SQL over ``marts.warnings``.
IS_OPEN = f"status in {OPEN_STATES}"
