"""dlt, Arrow input, PostgreSQL destination: ``dlt_arrow.py <file> <table>``, the URL in ``PEER_URL``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time

import dlt
import pyarrow.parquet as pq


def main() -> None:
    path, table = sys.argv[1:]
    rows = pq.read_table(path)
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            pipeline_name="peer",
            pipelines_dir=folder,
            destination=dlt.destinations.postgres(os.environ["PEER_URL"]),
            dataset_name="peer_dlt",
        )
        before, begin = os.times(), time.perf_counter()
        info = pipeline.run([rows], table_name=table, write_disposition="replace")
        info.raise_on_failed_jobs()
        seconds, after = time.perf_counter() - begin, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    answer = {"rows": rows.num_rows, "seconds": seconds, "cpu": cpu}
    sys.stdout.write(f"\nanswer: {json.dumps(answer)}\n")


if __name__ == "__main__":
    main()
