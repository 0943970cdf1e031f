"""Run all benchmarks: python -m tests.bench [ROUNDS]. A table, results/latest.json and .svg."""

import json
import os
import sys
import time

from tests.bench import (
    calls,
    chart,
    cold_renditions,
    cold_start,
    embedded,
    lists,
    memory,
    renditions,
    report,
    rounds,
    routes,
    searches,
    workers,
)
from tests.bench.processes import CREDENTIALS, ROOT

RESULTS = ROOT / "tests/bench/results"
SIZES = (100, 10_000, 100_000)
# Not 100,000, which takes five minutes on DynamoDB Local: see make bench-lists.
DYNAMODB_SIZES = (100, 3_000)


def main(count):
    """Run every part, print its figures at once, and write them at the end."""
    os.environ.update(CREDENTIALS)
    began, machine = time.monotonic(), report.machine()
    figures = []
    print(report.heading())
    for name, part in parts_of(count):
        print(f"-- {name} ({time.monotonic() - began:.0f} s)", flush=True)
        for figure in rounds.quietly(part):
            figures.append(figure)
            print(report.line(figure), flush=True)
    after = {"seconds": round(time.monotonic() - began), "load_after": report.load()}
    keep(figures, machine | after)


def parts_of(count):
    """Yield (name, function that returns figures) of every part, its servers running."""
    with routes.bench() as parts:
        yield "store calls", lambda: calls.figures(parts)
        yield "package size", cold_start.package_size
        yield "in process, S3 and DynamoDB", lambda: routes.in_process(parts, count)
        yield "10 MB in process", lambda: routes.large_in_process(parts, count)
        yield "under gunicorn, as deployed", lambda: routes.as_deployed(parts, count)
        yield "deletes, one by one and at once", lambda: routes.many_deletes(parts, count)
        yield "under gunicorn, one worker", lambda: routes.one_worker(parts, count)
        yield "embedded store, under gunicorn", lambda: embedded.figures(count)
        yield "cold start", lambda: cold_start.figures(parts, count)
        yield "memory", lambda: memory.figures(parts, 2)
        yield "renditions", lambda: renditions.figures(count)
        yield "renditions by others", lambda: cold_renditions.figures(count)
        yield "workers, 5 ms DynamoDB and 20 ms S3", lambda: workers.figures(parts, 3)
    yield "searches of 100,000 images, embedded store", lambda: searches.figures(count)
    yield "lists, SQLite", lambda: lists.sqlite_figures(SIZES)
    with lists.dynamodb_local() as clients:
        if clients:
            yield "lists, DynamoDB Local", lambda: lists.dynamodb_figures(*clients, DYNAMODB_SIZES)


def keep(figures, machine):
    """Write the figures and their chart."""
    RESULTS.mkdir(exist_ok=True)
    kept = {"machine": machine, "figures": [figure.plain() for figure in figures]}
    (RESULTS / "latest.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    caption = "CPU time against the floor: bar = median, thin line = quartiles, thick mark = goal"
    (RESULTS / "latest.svg").write_text(chart.draw(figures, caption))
    print(report.machine_line(machine))
    print("tests/bench/results/latest.json and latest.svg are written.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
