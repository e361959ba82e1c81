"""``pandas.to_sql`` into PostgreSQL: ``to_sql.py <Parquet file> <table>``, the URL in ``PEER_URL``."""

from __future__ import annotations

import json
import os
import sys
import time

import pandas as pd
import sqlalchemy


def main() -> None:
    path, table = sys.argv[1:]
    frame = pd.read_parquet(path)
    url = sqlalchemy.make_url(os.environ["PEER_URL"]).set(drivername="postgresql+psycopg2")
    engine = sqlalchemy.create_engine(url)
    before, begin = os.times(), time.perf_counter()
    frame.to_sql(table, engine, schema="peer", if_exists="replace", index=False)
    seconds, after = time.perf_counter() - begin, os.times()
    answer = {
        "rows": len(frame),
        "seconds": seconds,
        "cpu": after.user + after.system - before.user - before.system,
    }
    sys.stdout.write(f"\nanswer: {json.dumps(answer)}\n")


if __name__ == "__main__":
    main()
