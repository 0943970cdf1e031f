"""Time a Lambda function under AWS's Runtime Interface Emulator: cold starts and warm calls.

python -m tests.packaging.lambda_times PORT STARTS -- COMMAND...
The command serves events at PORT
"""

import os
import signal
import statistics
import subprocess
import sys
import time

from tests.packaging.gateway import invoke
from tests.support.gateway_events import http_api

WARM_CALLS = 50
EVENTS = {
    "GET /health": http_api("GET", "/health"),
    "GET /images": http_api("GET", "/images?user_id=ana"),
}


def main():
    """Print the medians."""
    port, starts = int(sys.argv[1]), int(sys.argv[2])
    command = sys.argv[sys.argv.index("--") + 1 :]
    cold = []
    for number in range(starts):
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=sys.stderr, start_new_session=True)
        try:
            expect(first_answer(port))
            cold.append((time.perf_counter() - begun) * 1000)
            if number == starts - 1:
                say("cold", cold)
                for name, event in EVENTS.items():
                    say(f"warm {name}", [timed(port, event) for _ in range(WARM_CALLS)])
        finally:
            end(process)


def first_answer(port):
    """Return the first answer of a function that is starting, for 60 seconds at most."""
    end = time.monotonic() + 60
    while True:
        try:
            return invoke(port, EVENTS["GET /images"])
        except OSError:
            # Nothing listens yet, or only Docker's proxy.
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def timed(port, event):
    """Return the milliseconds of a call."""
    begun = time.perf_counter()
    expect(invoke(port, event))
    return (time.perf_counter() - begun) * 1000


def expect(answer):
    """Raise an AssertionError unless the answer is a 200."""
    assert answer.get("statusCode") == 200, answer


def say(name, milliseconds):
    """Print the median and the best of some times."""
    median, best = statistics.median(milliseconds), min(milliseconds)
    sys.stdout.write(f"       {name}: median {median:.1f} ms, best {best:.1f} ms\n")


def end(process):
    """End a process with all that it started."""
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(30)


if __name__ == "__main__":
    main()
