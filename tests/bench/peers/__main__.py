"""Compare with what one would pick instead: python -m tests.bench.peers [ROUNDS] [--write].

Prints tables in Markdown and keeps the figures in results/peers.json. --write measures nothing: it
puts the tables of the last run into tests/bench/README.md.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import cold_renditions, report, rounds, samples
from tests.bench.peers import own, pocketbase, supabase, table
from tests.bench.peers.flushes import flushes
from tests.bench.processes import CREDENTIALS, ROOT
from tests.bench.stand_in import PROGRAMS, service_answers, stand_in

KEPT = ROOT / "tests/bench/results/peers.json"
PAGE = ROOT / "tests/bench/README.md"
ROUNDS = 5
THUMB_ROUNDS = 3


def main(arguments):
    """Measure and print, or write what was measured."""
    if "--write" in arguments:
        PAGE.write_text(table.written(PAGE.read_text(), json.loads(KEPT.read_text())))
        return
    count = int(arguments[0]) if arguments else ROUNDS
    os.environ.update(CREDENTIALS)
    began, machine = time.monotonic(), report.machine()
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    stores = []
    for part in (embedded, on_aws):
        # On the disk of the project: a folder for temporary files may be in memory.
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=PROGRAMS)))
            folder.chmod(0o755)
            stores.append(part(stack, folder, count))
    thumbs = rounds.quietly(lambda: cold_renditions.figures(THUMB_ROUNDS))
    machine |= {"seconds": round(time.monotonic() - began), "load_after": report.load()}
    kept = {"machine": machine, "stores": stores, "thumbs": [figure.plain() for figure in thumbs]}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    print(table.tables(kept))


def embedded(stack, folder, count):
    """Return the figures of the services that keep images in files of their own."""
    services = {
        own.NAME: own.embedded,
        own.APART: lambda place: own.apart(own.embedded(place, own.UNCHECKED)),
        pocketbase.NAME: pocketbase.served,
        supabase.NAME: supabase.on_files,
    }
    return compared("embedded", services, started(stack, folder, services), count)


def on_aws(stack, folder, count):
    """Return the figures of the services on a stand-in for S3, and for DynamoDB here."""
    images = [samples.record(number) for number in range(130, 30, -1)]
    ours = stack.enter_context(stand_in(service_answers(images)))
    theirs = stack.enter_context(stand_in(supabase.s3_answers()))
    services = {
        own.NAME: lambda _place: own.on_aws(ours, images),
        own.APART: lambda _place: own.apart(own.on_aws(ours, images, own.UNCHECKED)),
        supabase.NAME: lambda place: supabase.on_s3(place, theirs),
    }
    return compared("S3", services, started(stack, folder, services), count)


def started(stack, folder, services):
    """Return the Contestants that can be had. services: {name: function that starts one}."""
    found = []
    for number, (name, start) in enumerate(services.items()):
        place = folder / str(number)
        place.mkdir()
        place.chmod(0o755)
        try:
            contestant = stack.enter_context(start(place))
        except (OSError, RuntimeError, ValueError, subprocess.SubprocessError) as error:
            print(f"NOT MEASURED: {name}: {error}", flush=True)
            continue
        found += [contestant] if contestant else []
    return found


def compared(store, names, contestants, count):
    """Return the figures of Contestants. names: of all that exist."""
    cases = {}
    for contestant in contestants:
        cases |= contestant.cases()
    there = [one.name for one in contestants]
    print(f"-- {store}: {', '.join(there)}", flush=True)
    measured = rounds.interleaved(cases, count)
    found = table.figures(store, measured, contestants, list(map(flushes, contestants)))
    return found | {"missing": [name for name in names if name not in there]}


if __name__ == "__main__":
    main(sys.argv[1:])
