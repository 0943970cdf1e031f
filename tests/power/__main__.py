"""Cut the power at every point of recorded runs of the embedded store: `make test-power`.

STATES: how many states of the disk are opened, by default 10,000. SEED: of what is drawn. RUN: only
that one of the runs. RECORDING: a folder that a run with faults has left, in place of new
recordings: with the same STATES and SEED it finds the same faults. Exit code 1 on any fault.
"""

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.power.answers import Answers
from tests.power.disk import Change, History, cut_behind
from tests.power.exploring import explore
from tests.power.opening import known_renditions
from tests.power.recording import ROOT, is_possible, read
from tests.power.runs import RUNS, history, record

STATES = int(os.environ.get("STATES", "10000"))
SEED = int(os.environ.get("SEED", "1"))
KEPT = ROOT / ".tools" / "power"
MOST_SHOWN = 5


def main():
    """Explore the runs; say what was found."""
    if not is_possible():
        sys.exit("make test-power records with a library in C: it needs Linux and gcc.")
    started, total = time.monotonic(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        recordings = recorded_runs(Path(folder))
        cuts = sum(len(recorded.events) for _place, recorded in recordings.values())
        for name, (place, recorded) in recordings.items():
            # Each run has its share, so that there is a state of each cut if there are so many.
            total += explore_run(name, place, recorded, STATES * len(recorded.events) // cuts)
    say(
        f"power: {total['states']:,} states of {cuts:,} cut points of {len(recordings)} runs, "
        f"{total['answers']:,} answers kept, {total['faults']:,} faults "
        f"(SEED={SEED}, {time.monotonic() - started:.0f} s)"
    )
    sys.exit(bool(total["faults"]))


def recorded_runs(folder):
    """Return {name of a run: (folder of its recording, History)}."""
    given = os.environ.get("RECORDING")
    if given:
        return {given: (Path(given), History(read(Path(given))))}
    made = {}
    for number, name in enumerate([os.environ["RUN"]] if "RUN" in os.environ else RUNS):
        place = folder / str(number)
        place.mkdir()
        made[name] = place, history(record(RUNS[name], place))
    return made


def explore_run(name, place, recorded, most):
    """Open states of a run and say what was found; return the figures."""
    with tempfile.TemporaryDirectory() as folder:
        answers = Answers(recorded.marks, known_renditions(Path(folder)))
    states, kept, faults = explore(recorded, answers, most, SEED)
    cuts = len(recorded.events)
    say(f"{name}: {states:,} states of {cuts:,} cut points, {kept} answers, {len(faults)} faults")
    for fault in faults[:MOST_SHOWN]:
        say(f"  {fault.text}\n    {described(recorded, fault)}")
    if faults:
        folder = keep(name, place, recorded, faults[0])
        say(f"  The first of these states is in {folder}/state. Once more:")
        say(f"  SEED={SEED} STATES={most} RECORDING={folder} make test-power")
    return Counter(states=states, answers=kept, faults=len(faults))


def described(recorded, fault):
    """Return where a Fault's cut is, and what is on the disk of what was not flushed."""
    cut, last = cut_behind(recorded, fault.event), recorded.events[fault.event]
    if not isinstance(last, str):
        nodes = [last.node] if isinstance(last, Change) else last.nodes
        labels = ", ".join(recorded.nodes[node].label or "the folder itself" for node in nodes)
        last = f"{'a change' if isinstance(last, Change) else 'the flush'} of {labels}"
    kept = Counter(recorded.nodes[recorded.changes[n].node].label for n in fault.kept)
    some = ", ".join(f"{count} of {label}" for label, count in kept.most_common(4)) or "none"
    later = fault.marks - cut.marks
    return (
        f"cut behind event {fault.event} ({last[:100]}), or {later} requests and answers later; "
        f"of {len(cut.pending)} changes that were not flushed there are {some}"
    )


def keep(name, place, recorded, fault):
    """Keep a recording, and the state of a Fault, to look at; return their folder."""
    kept = KEPT / Path(name).name.replace(" ", "-")
    if kept.resolve() != place.resolve():
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for file in ("log", "folder"):
            shutil.copy(place / file, kept)
    shutil.rmtree(kept / "state", ignore_errors=True)
    cut_behind(recorded, fault.event).state(fault.kept).build(kept / "state")
    return kept


def say(line):
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
