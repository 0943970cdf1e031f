"""Kill the service under load many times, then look for losses: `make test-chaos`.

KILLS is how often each store's server is killed. Exit code 1 on any loss.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from service.app import new_store
from service.common import config
from tests.chaos import accounts
from tests.chaos.clients import Clients
from tests.chaos.ledger import Ledger
from tests.chaos.service_process import GRACE_SECONDS, Service
from tests.system import emulators

KILLS = int(os.environ.get("KILLS", "100"))
# The most answers between a start and its kill, and the longest time for them in seconds: on a slow
# machine the first answers take seconds.
MOST_ANSWERS = 200
LOADED_SECONDS = 8.0
STARTING_SECONDS = 0.8
# The first sweep condemns and cleans the due records, the second forgets them.
SWEEPS = 2
# More than anybody uploads: so that the audit looks at the counts.
QUOTA = {"MAX_IMAGES_PER_USER": "1000000"}
AWS = {"USE_LOCALSTACK": "1", "BUCKET_NAME": "chaos-bucket", "TABLE_NAME": "chaos-table"}


def main():
    """Run the test on both stores; end with exit code 1 if a fault was found."""
    started = time.monotonic()
    tables = {"embedded store": run_embedded(), "S3 and DynamoDB (ministack)": run_on_ministack()}
    faulty = [name for name, faults in tables.items() if any(faults.values())]
    verdict = f"FAILED on: {', '.join(faulty)}" if faulty else "nothing lost, nothing left"
    say(f"kill test: {KILLS} kills a store, {time.monotonic() - started:.0f} s: {verdict}")
    sys.exit(bool(faulty))


def run_embedded():
    """Run the test on SQLite and a folder; return the faults."""
    with tempfile.TemporaryDirectory() as folder:
        return run("embedded store", Path(folder), QUOTA | {"DATA_DIR": f"{folder}/data"})


def run_on_ministack():
    """Run the test on S3 and DynamoDB, whose emulator is never killed; return the faults."""
    with emulators.ministack() as url, tempfile.TemporaryDirectory() as folder:
        settings = AWS | {"AWS_ENDPOINT_URL": url}
        return run("S3 and DynamoDB (ministack)", Path(folder), settings)


def run(name, folder, settings):
    """Load and kill a service, then look for faults and print them; return the faults."""
    started = time.monotonic()
    service = Service(folder, settings)
    clients = Clients(service.port, Ledger())
    try:
        kill_again_and_again(service, clients)
        service.start()
        service.wait_until_up()
        happened, faults = check_stores(service, clients, new_store(config.load(settings)))
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
                clients.ledger.await_answers(random.randint(0, MOST_ANSWERS), LOADED_SECONDS)
            service.kill()
    finally:
        clients.stop()


def check_stores(service, clients, store):
    """Sweep, retry the uploads without an answer, sweep again; return (events, faults)."""
    time.sleep(GRACE_SECONDS)
    for _ in range(SWEEPS):
        service.sweep()
    accounts.settle(clients)
    for _ in range(SWEEPS):
        service.sweep()
    if not store.images.tag_counts.is_exact:
        service.sweep("--recount")
    compared = accounts.Accounts(clients, store)
    return compared.happened(), compared.faults(service.sweep("--audit"))


def print_table(name, happened, faults):
    """Print the events and faults of one store."""
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
