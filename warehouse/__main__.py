"""``python -m warehouse <command>``: the hub's command line under the name that scripts know."""

from __future__ import annotations

import sys

from hub.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
