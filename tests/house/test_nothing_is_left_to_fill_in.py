"""What `make new-feed` and `make new-rule` wrote is filled in; if not, the test names file, line and gap."""

from __future__ import annotations

from tools.scaffold.gaps import gaps
from tools.scaffold.project import Project


def test_nothing_is_left_to_fill_in() -> None:
    left = gaps(Project())
    assert not left, "say it, then delete the words FILL IN:\n" + "\n".join(left)
