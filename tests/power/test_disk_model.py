"""What the model of a disk may leave of small programs, which make the known mistakes."""

import random
import subprocess
import sys

import pytest

from tests.power.disk import History, cut_behind
from tests.power.exploring import kept_at
from tests.power.recording import Call, Recorder, is_possible
from tests.power.runs import history

pytestmark = pytest.mark.skipif(not is_possible(), reason="needs Linux and a C compiler")
OLD, NEW = b"o" * 2048, b"n" * 2048
HALF = NEW[:1024]
# How many sets of changes are drawn: of so few changes all that there are.
DRAWN = 300

BEGIN = f"""
import os, shutil, sys
OLD, NEW = {OLD!r}, {NEW!r}
os.chdir(sys.argv[1])

def write(path, content, flushed=True, mode="wb"):
    with open(path, mode, buffering=0) as file:
        file.write(content)
        if flushed:
            os.fsync(file.fileno())

def flush(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
"""


@pytest.fixture
def left_by(tmp_path):
    """Run a program; return what may be left, as a set of texts of {path: bytes}."""

    def run(program):
        recorder = Recorder(tmp_path)
        command = [sys.executable, "-c", BEGIN + program, recorder.folder]
        subprocess.run(command, env=recorder.environ(), check=True)
        return states_of(recorder.calls())

    return run


def states_of(calls):
    """Return the states at the end of these Calls, each {path: bytes}."""
    recorded = History(calls)
    cut = cut_behind(recorded, len(recorded.events))
    found = {}
    for kept in kept_at(cut, DRAWN, random.Random(1)):
        state = cut.state(kept)
        contents = {path: state.content(node) for path, node in state.files.items()}
        found[repr(sorted(contents.items()))] = contents
    return list(found.values())


def contents_of(states, path):
    """Return what a file may hold; None: it may not be there."""
    return {state.get(path) for state in states}


def test_what_was_flushed_is_there(left_by):
    states = left_by("write('a', NEW); flush('.')")

    assert states == [{"a": NEW}]


def test_bytes_that_were_not_flushed_may_be_anything(left_by):
    states = left_by("write('a', NEW, flushed=False); flush('.')")

    zeros = bytes(2048)
    assert contents_of(states, "a") == {b"", NEW, HALF + zeros[:1024], zeros[:1024] + HALF, zeros}


def test_a_name_may_last_without_its_bytes(left_by):
    states = left_by("write('a', NEW, flushed=False); os.replace('a', 'b'); flush('.')")

    assert {b"", NEW} < contents_of(states, "b")
    assert contents_of(states, "a") == {None}


def test_a_flush_of_the_file_does_not_keep_its_name(left_by):
    states = left_by("write('a', NEW)")

    assert contents_of(states, "a") == {None, NEW}


def test_a_rename_within_a_folder_is_one_thing(left_by):
    states = left_by(
        "write('a', OLD); flush('.'); write('b', NEW); flush('.'); os.replace('b', 'a')"
    )

    assert {repr(state) for state in states} == {
        repr({"a": OLD, "b": NEW}),
        repr({"a": NEW}),
    }


def test_a_rename_to_another_folder_may_leave_both_names(left_by):
    states = left_by(
        "os.mkdir('x'); os.mkdir('y'); write('x/a', NEW); flush('x'); flush('.');"
        "os.replace('x/a', 'y/a')"
    )

    names = {tuple(sorted(state)) for state in states}
    assert names == {("x/a",), ("y/a",), ("x/a", "y/a")}


def test_a_folder_without_its_name_takes_all_with_it(left_by):
    states = left_by("os.mkdir('x'); write('x/a', NEW); flush('x')")

    assert contents_of(states, "x/a") == {None, NEW}


def test_a_later_write_may_last_without_an_earlier_one(left_by):
    states = left_by(
        "write('a', OLD * 2); flush('.'); write('a', NEW, flushed=False, mode='rb+');"
        "os.pwrite(os.open('a', os.O_WRONLY), NEW, 2048)"
    )

    assert {OLD + NEW, NEW + OLD, NEW + NEW, OLD + OLD} < contents_of(states, "a")


def test_a_deleted_file_may_come_back(left_by):
    deleted = "write('a', NEW); flush('.'); os.remove('a')"

    assert contents_of(left_by(deleted), "a") == {None, NEW}


def test_a_deleted_name_that_was_flushed_stays_away(left_by):
    assert left_by("write('a', NEW); flush('.'); os.remove('a'); flush('.')") == [{}]


def test_what_the_kernel_copies_is_seen(left_by):
    states = left_by(
        "write('a', NEW); shutil.copyfile('a', 'b'); source = os.open('a', os.O_RDONLY);"
        "target = os.open('b', os.O_RDWR); os.copy_file_range(source, target, 2048, 0, 2048);"
        "os.fsync(target); flush('.')"
    )

    assert states == [{"a": NEW, "b": NEW * 2}]


def test_what_is_written_during_a_flush_is_not_flushed():
    before, meanwhile = Call("W", 1, 0, "a", "", OLD), Call("W", 1, 0, "a", "", NEW)
    begin, end = Call("b", 1, 9, "a", "", b""), Call("e", 1, 9, "a", "", b"")
    name = [Call("b", 2, 8, "", "", b""), Call("e", 2, 8, "", "", b"")]

    states = states_of([Call("C", 1, 0, "a", "", b""), before, begin, meanwhile, end, *name])

    assert {OLD, NEW} < contents_of(states, "a")
    assert not any(content.startswith(b"\0") for content in contents_of(states, "a"))


def test_what_is_done_unseen_is_noticed(tmp_path):
    recorder = Recorder(tmp_path)
    program = [sys.executable, "-c", BEGIN + "write('a', NEW)", recorder.folder]
    subprocess.run(program, env=recorder.environ(), check=True)

    (recorder.folder / "a").write_bytes(OLD)

    with pytest.raises(AssertionError, match="calls that are not known"):
        history(recorder)
