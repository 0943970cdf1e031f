"""Makes the states of a recorded run, opens each once, and judges each by what was answered."""

import multiprocessing
import os
import random
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path

from tests.power.disk import TEARS, Cut
from tests.power.opening import Opened

# How many of the latest changes are lost alone, kept alone; and how many random sets a cut has.
LATEST = 6
PROCESSES = 2
CHUNK = 25
LEAST_ROOM = 1 << 30
# event: the cut is behind that one. kept: see Cut.state. marks: how many marks there were at each
# cut that may leave this state.
Found = namedtuple("Found", "event kept marks")
# marks: how many marks there were when the state broke what was answered.
Fault = namedtuple("Fault", "text event kept marks")
# What a process that opens states keeps between them.
process = {}


def kept_at(cut, number, generator):
    """Yield what may be kept at a cut, {number: tear or None}: the systematic, then some at random.

    number: of the latest changes each of which is lost alone and kept alone, and of random ones.
    """
    pending, all_there = cut.pending, dict.fromkeys(cut.pending)
    nodes = {n: cut.history.changes[n].node for n in pending}
    yield {}
    yield all_there
    for one in pending[-number:]:
        yield {other: None for other in pending if other != one}
        yield {one: None}
        yield {other: None for other in pending if other <= one}
    for tear in TEARS if pending else ():
        yield all_there | {pending[-1]: tear}
        yield {pending[-1]: tear}
    for node in dict.fromkeys(nodes[n] for n in reversed(pending)):
        yield {n: None for n in pending if nodes[n] == node}
        yield {n: None for n in pending if nodes[n] != node}
    for _ in range(number if pending else 0):
        share = generator.choice((0.1, 0.5, 0.9))
        yield {
            n: generator.choice((None, None, *TEARS)) for n in pending if generator.random() < share
        }


def find_states(history, most, seed):
    """Return up to `most` different states, as Founds, by event.

    At each cut, or at so many, what was flushed and what was written; the others are drawn.
    """
    generator, cut = random.Random(seed), Cut(history)
    plain, others = {}, {}
    cuts = len(history.events)
    points = set(generator.sample(range(cuts), min(cuts, most)))
    share = min(1, 2 * most / (len(points) * 5 * LATEST))
    for event, happened in enumerate(history.events):
        cut.add(happened)
        for number, kept in enumerate(kept_at(cut, LATEST, generator) if event in points else ()):
            if number >= 2 and generator.random() > share:
                continue
            key = cut.state(kept).key()
            found = (plain.get(key) or others.get(key)) or Found(event, kept, set())
            found.marks.add(cut.marks)
            if key not in others:
                (plain if number < 2 else others)[key] = found
    return chosen(list(plain.values()), list(others.values()), most, generator)


def chosen(plain, others, most, generator):
    """Return up to `most` of them: at least half of them plain, if there are so many."""
    if len(plain) + len(others) > most:
        plain = generator.sample(plain, min(len(plain), max(most // 2, most - len(others))))
        others = generator.sample(others, min(len(others), most - len(plain)))
    return sorted([*plain, *others], key=lambda found: found.event)


def explore(history, answers, most, seed):
    """Open up to `most` states; return (how many, answers that the last had to keep, Faults)."""
    founds = find_states(history, most, seed)
    by_mark = [[] for _ in range(len(answers.marks) + 1)]
    for found, state in open_states(history, answers, founds):
        for marks in found.marks:
            by_mark[marks].append((found, state))
    faults = []
    for marks, states in enumerate(by_mark):
        if marks:
            answers.add(answers.marks[marks - 1])
        for found, state in states:
            texts = answers.faults(state) + state.faults
            faults += [Fault(text, found.event, found.kept, marks) for text in texts]
    return len(founds), answers.kept, faults


def open_states(history, answers, founds):
    """Yield (Found, Opened) of each."""
    chunks = [founds[start : start + CHUNK] for start in range(0, len(founds), CHUNK)]
    with (
        tempfile.TemporaryDirectory(prefix="power-", dir=quick_place()) as place,
        multiprocessing.get_context("spawn").Pool(
            PROCESSES, start, (history, answers, place)
        ) as pool,
    ):
        for rows in pool.imap_unordered(open_some, chunks):
            yield from rows


def quick_place():
    """Return a folder in memory with room for the states; None if there is none."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > LEAST_ROOM else None


def start(history, answers, place):
    """Begin a process that opens states, in a folder of its own."""
    own = Path(place) / str(os.getpid())
    own.mkdir()
    process.update(history=history, answers=answers, own=own, cut=Cut(history), next=0)


def open_some(founds):
    """Return [(Found, Opened), ...] of states in the order of their events."""
    return [(found, open_one(found)) for found in founds]


def open_one(found):
    """Make a state, open it and look at it."""
    folder = process["own"] / "disk"
    if process["next"] > found.event + 1:
        process.update(cut=Cut(process["history"]), next=0)
    for event in process["history"].events[process["next"] : found.event + 1]:
        process["cut"].add(event)
    process["next"] = found.event + 1
    process["cut"].state(found.kept).build(folder)
    try:
        return Opened(folder, process["answers"])
    finally:
        shutil.rmtree(folder)
