"""Load the service for a long time, with everything on: `make soak MINUTES=60`.

The clients keep a ledger as in the kill test. About as many images stay all the time, so that
memory, open files and the disk must stay as they are. Exit code 1 if they grow, or on any loss.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from service.app import new_store
from service.common import config
from tests.bench.processes import Running
from tests.chaos.clients import Clients
from tests.chaos.kill_test import QUOTA, check_stores, print_table, say
from tests.chaos.ledger import Ledger
from tests.chaos.service_process import Service
from tests.chaos.visitors import Visitors

PORTIONS = 20
MOST_STANDING = 300
# Of each client's thread, between two tasks.
PAUSE_SECONDS = float(os.environ.get("PAUSE", "0.2"))
# Keys are remembered for a day: with many of them, the database would grow.
KEYED = 0.02
EVERYTHING = QUOTA | {
    "METRICS": "1",
    "RATE_LIMIT": "999999/second",
    "CORS_ORIGINS": "https://app.example.com",
    "LOG_LEVEL": "INFO",
    "LOG_CLIENTS": "1",
    "TRASH_DAYS": "1",
}
# The first quarter fills caches, heaps and free pages of SQLite. After it, what is largest in the
# last quarter may be larger by this factor, and by a few files.
MOST_GROWTH = 1.05
FEW_FILES = 16
HEADINGS = (
    ("answered a second", "{:.0f}"),
    ("memory, MB", "{:.1f}"),
    ("open files", "{:.0f}"),
    ("threads", "{:.0f}"),
    ("images", "{:.0f}"),
    ("disk, MB", "{:.2f}"),
    ("files and folders", "{:.0f}"),
)


def main(minutes):
    """Load a service on the embedded store; end with exit code 1 if it grew or lost anything."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = EVERYTHING | {"DATA_DIR": str(data)}
        service = Service(Path(folder), settings, log="/dev/null")
        clients = Clients(
            service.port, Ledger(KEYED), pause=PAUSE_SECONDS, most_standing=MOST_STANDING
        )
        clients.threads += Visitors(clients, service, Path(folder) / "bag").threads()
        service.start()
        try:
            service.wait_until_up()
            rows = watched(service, clients, data, minutes)
            happened, faults = check_stores(service, clients, new_store(config.load(settings)))
        finally:
            service.kill()
    print_table("embedded store", happened, faults)
    for fault in clients.ledger.faults[:10]:
        say(f"  {fault}")
    grown = growth(rows)
    say(f"soak: {minutes:g} minutes: " + (", ".join(grown) or "nothing grew, nothing was lost"))
    sys.exit(bool(grown) or any(faults.values()))


def watched(service, clients, data, minutes):
    """Run the clients for so many minutes; return a row of figures for each portion of them."""
    server, rows = Running(service.process, service.port), []
    say(" | ".join(["minutes", *(name for name, _ in HEADINGS)]))
    clients.start()
    try:
        for portion in range(1, PORTIONS + 1):
            before, began = clients.ledger.answered(), time.monotonic()
            time.sleep(minutes * 60 / PORTIONS)
            rate = (clients.ledger.answered() - before) / (time.monotonic() - began)
            rows.append([rate, *figures(server, clients, data)])
            texts = [form.format(one) for (_, form), one in zip(HEADINGS, rows[-1], strict=True)]
            say(" | ".join([f"{portion * minutes / PORTIONS:g}", *texts]))
    finally:
        clients.stop()
    return rows


def figures(server, clients, data):
    """Return what a running service has: MB, files, threads, images, MB, files and folders."""
    pids = server.pids()
    sizes = [size_of(path) for path in data.rglob("*")]
    return [
        sum(proportional_bytes(pid) for pid in pids) / 1e6,
        sum(count(f"/proc/{pid}/fd") for pid in pids),
        sum(count(f"/proc/{pid}/task") for pid in pids),
        len(clients.ledger.standing),
        sum(sizes) / 1e6,
        len(sizes),
    ]


def size_of(path):
    """Return the bytes of a file or folder on disk, 0 if it was deleted meanwhile."""
    try:
        return path.stat().st_blocks * 512
    except FileNotFoundError:
        return 0


def count(folder):
    """Return how many entries a folder of /proc has, 0 if its process has ended."""
    try:
        return len(os.listdir(folder))
    except OSError:
        return 0


def proportional_bytes(pid):
    """Return the memory of a process; what it shares counts in part. 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return int(text.split("Pss:")[1].split()[0]) * 1024


def growth(rows):
    """Return a sentence for each figure that grew after the first quarter."""
    quarter = PORTIONS // 4
    found = []
    for number, (name, form) in list(enumerate(HEADINGS))[1:]:
        column = [row[number] for row in rows]
        settled, last = max(column[: 2 * quarter]), statistics.median(column[-quarter:])
        most = settled * MOST_GROWTH + (FEW_FILES if form == "{:.0f}" else 0)
        if last > most:
            found.append(f"{name} grew from {form.format(settled)} to {form.format(last)}")
    return found


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10)
