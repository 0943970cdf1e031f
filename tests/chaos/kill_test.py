"""Kill the loaded service again and again, then make up the accounts: `make test-chaos`.

KILLS is how often each store's server is killed. Exit code 1 on any loss.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from service import app
from service.common import config
from tests.chaos import accounts
from tests.chaos.clients import Clients
from tests.chaos.ledger import Ledger
from tests.chaos.service_process import GRACE_SECONDS, Service
from tests.system import emulators

KILLS = int(os.environ.get("KILLS", "100"))
# The longest that the server is left alone under load; the load is dense, so it is short.
LOADED_SECONDS = 1.0
STARTING_SECONDS = 0.8
# The first gives up what is due and cleans, the second forgets.
SWEEPS = 2
AWS = {"USE_LOCALSTACK": "1", "BUCKET_NAME": "chaos-bucket", "TABLE_NAME": "chaos-table"}


def main():
    """Run both stores; end with exit code 1 when an account is not clean."""
    started = time.monotonic()
    tables = {"embedded store": run_embedded(), "S3 and DynamoDB (ministack)": run_on_ministack()}
    faulty = [name for name, faults in tables.items() if any(faults.values())]
    verdict = f"FAILED on: {', '.join(faulty)}" if faulty else "nothing lost, nothing left"
    say(f"kill test: {KILLS} kills a store, {time.monotonic() - started:.0f} s: {verdict}")
    sys.exit(bool(faulty))


def run_embedded():
    """Run the test on SQLite and a folder; return the faults."""
    with tempfile.TemporaryDirectory() as folder:
        return run("embedded store", Path(folder), {"DATA_DIR": f"{folder}/data"})


def run_on_ministack():
    """Run the test on S3 and DynamoDB, whose emulator is never killed; return the faults."""
    with emulators.ministack() as url, tempfile.TemporaryDirectory() as folder:
        settings = AWS | {"AWS_ENDPOINT_URL": url}
        return run("S3 and DynamoDB (ministack)", Path(folder), settings)


def run(name, folder, settings):
    """Load and kill a service, make up its accounts and print them; return the faults."""
    started = time.monotonic()
    service = Service(folder, settings)
    clients = Clients(service.port, Ledger())
    try:
        kill_again_and_again(service, clients)
        service.start()
        service.wait_until_up()
        happened, faults = make_up(service, clients, app.repositories(config.load(settings)))
    finally:
        service.kill()
    happened = {"kills": KILLS} | happened | {"seconds": round(time.monotonic() - started)}
    print_table(name, happened, faults)
    for fault in clients.ledger.faults[:10]:
        say(f"  {fault}")
    return faults


def kill_again_and_again(service, clients):
    """Start the service and kill it at a random moment, KILLS times, under load."""
    clients.start()
    try:
        for number in range(KILLS):
            service.start()
            if number % 3 == 0:
                service.start_sweep()
            if number % 5 == 4:
                time.sleep(random.uniform(0, STARTING_SECONDS))
            else:
                service.wait_until_up()
                time.sleep(random.uniform(0, LOADED_SECONDS))
            service.kill()
    finally:
        clients.stop()


def make_up(service, clients, stores):
    """Sweep, settle what is in doubt, sweep again; return (what happened, faults)."""
    time.sleep(GRACE_SECONDS)
    for _ in range(SWEEPS):
        service.sweep()
    accounts.settle(clients)
    for _ in range(SWEEPS):
        service.sweep()
    found = accounts.Accounts(clients, stores)
    return found.happened(), found.faults(service.sweep("--audit"))


def print_table(name, happened, faults):
    """Print the accounts of one store."""
    say(f"\n{name}")
    for rows in (happened, faults):
        say("  " + "-" * 44)
        for text, count in rows.items():
            say(f"  {text:<38}{count:>6}")


def say(line):
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
