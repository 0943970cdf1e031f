"""Uploads a second with slow stores, compared with gunicorn's sync workers.

Apart from their validation, which takes CPU time whatever the workers are: it would hide how long
they wait. Two sync workers mostly wait and do as many on every machine; ours do as many as its
processors can. So the ratio tells about the machine, and has no goal.
"""

from tests.bench import load, processes, rounds
from tests.bench.report import Figure
from tests.bench.routes import settings
from tests.bench.stand_in import service_answers, stand_in

DYNAMODB_SECONDS = 0.005
S3_SECONDS = 0.020
CONNECTIONS = 32
SECONDS = 4
UNCHECKED = "tests.bench.known:app"
SYNC = ("--worker-class", "sync", "--threads", "1", "--workers", "2")
LABELS = {
    "ours": "validation apart",
    "sync": "validation apart, two sync workers",
    "whole": "whole",
}


def figures(parts, count):
    """Return the throughput as deployed / that of two sync workers, and both 99th percentiles."""
    upload = parts.requests["upload"].bytes
    with stand_in(service_answers(parts.images), DYNAMODB_SECONDS, S3_SECONDS) as store:
        values = settings(store)
        with (
            processes.gunicorn(values, app=UNCHECKED) as ours,
            processes.gunicorn(values, *SYNC, app=UNCHECKED) as sync,
            processes.gunicorn(values) as whole,
        ):

            def loaded(server):
                return load.send(server.port, [upload], CONNECTIONS, seconds=SECONDS)

            cases = {
                "ours": lambda: loaded(ours),
                "sync": lambda: loaded(sync),
                "whole": lambda: loaded(whole),
            }
            measured = rounds.interleaved(cases, count)
    found = []
    for name, label in LABELS.items():
        rates = [one.per_second for one in measured[name]]
        found.append(Figure(f"uploads a second, {label}", rates, "a second"))
        slowest = [one.percentile(0.99) for one in measured[name]]
        found.append(Figure(f"upload p99, {label}", slowest, "ms"))
    rates = [[one.per_second for one in measured[name]] for name in ("ours", "sync")]
    name = "uploads a second with store latency"
    return [Figure(name, rounds.ratios(*rates), "× sync workers"), *found]
