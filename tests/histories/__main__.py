"""``python -m tests.histories``: long random histories, each compared with rebuilds from scratch.

Exit code 0 when no history showed a difference, else 1. Nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.histories.compare import Outcome
from tests.histories.many import live_all, say


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--days", type=int, default=15)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--compare-every", type=int, default=4, help="builds between two comparisons")
    parser.add_argument("--jobs", type=int, default=1, help="processes, each with a server of its own")
    chosen = parser.parse_args()
    begin = time.monotonic()
    seeds = range(chosen.first_seed, chosen.first_seed + chosen.count)
    shares = [seeds[job :: chosen.jobs] for job in range(chosen.jobs)]
    # not forked: dbt and the drivers keep threads and connections
    apart = multiprocessing.get_context("spawn")
    log: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(chosen.jobs, mp_context=apart) as pool:
        for seen, lived in pool.map(
            live_all, shares, [chosen.days] * len(shares), [chosen.compare_every] * len(shares)
        ):
            log += seen
            outcomes += lived
    differing = [line for outcome in outcomes for line in outcome.differences]
    say(f"{len(outcomes)} histories of {chosen.days} days in {time.monotonic() - begin:.0f} s")
    say(f"models built {sum(o.models for o in outcomes)}: the others were not stale")
    say(f"builds {sum(o.builds for o in outcomes)}, compared {sum(len(o.compared) for o in outcomes)}")
    say(", ".join(f"{what} {count}" for what, count in sorted(log.items())))
    say("\n".join(differing) or "incremental equals full everywhere")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
