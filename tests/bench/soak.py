"""A long mixed load, which must cause no error and no growth of memory."""

import os
import sys

from tests.bench import load, processes, routes
from tests.bench.processes import CREDENTIALS

CONNECTIONS = 8
PORTIONS = 20
# The first quarter fills caches and heaps; after it the memory may grow by this factor at most.
MOST_GROWTH = 1.05


def main(minutes):
    """Load the service; end with 1 when its memory grew. A failed request raises."""
    os.environ.update(CREDENTIALS)
    with routes.bench() as parts, processes.gunicorn(parts.settings) as server:
        kinds = [request.bytes for request in parts.requests.values()]
        sizes = []
        for portion in range(PORTIONS):
            answered = load.send(server.port, kinds, CONNECTIONS, seconds=minutes * 60 / PORTIONS)
            sizes.append(resident(server))
            print(
                f"{(portion + 1) * minutes / PORTIONS:5.1f} min: "
                f"{answered.per_second:5.0f} requests/s, p99 {answered.percentile(0.99):4.0f} ms, "
                f"{sizes[-1] / 1e6:.1f} MB resident",
                flush=True,
            )
    settled = max(sizes[: PORTIONS // 4])
    growth = min(sizes[-PORTIONS // 4 :]) / settled
    print(
        f"no error; memory of the last quarter / of the first: {growth:.3f} (at most {MOST_GROWTH})"
    )
    sys.exit(growth > MOST_GROWTH)


def resident(server):
    """Return the resident memory of all the server's processes."""
    return sum(processes.memory_of(pid, "VmRSS") for pid in server.pids())


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
