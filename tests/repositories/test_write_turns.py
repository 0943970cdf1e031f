"""Writes of several processes: they take turns, and none waits long for one that does not go on."""

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.common.errors import StorageUnavailable
from service.repositories.embedded.file_locks import locked
from service.repositories.embedded.sqlite.database import SqliteDatabase
from tests.repositories.queued_writes import add, new_database, until, users, write

# Writes, says so, and goes on when it reads a line.
PROCESS = """
import sys
from pathlib import Path
from service.repositories.embedded.file_locks import locked
from service.repositories.embedded.sqlite.database import SqliteDatabase
from tests.repositories.queued_writes import add, new_database, write

def body(connection):
    add("process")(connection)
    print("writing", flush=True)
    sys.stdin.readline()

write(new_database(Path(sys.argv[1])), body)
"""


@pytest.fixture
def path(tmp_path):
    with contextlib.closing(new_database(tmp_path / "images.db")) as database:
        write(database, add("earlier"))
    return tmp_path / "images.db"


@pytest.fixture
def new_process(path):
    """Start a process that is within a write."""
    with contextlib.ExitStack() as stack:

        def start():
            command = [sys.executable, "-c", PROCESS, str(path)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            process = stack.enter_context(subprocess.Popen(command, **pipes))
            stack.callback(process.kill)
            assert process.stdout.readline() == b"writing\n"
            return process

        yield start


def seconds_of(call):
    """Return how long a call takes."""
    began = time.monotonic()
    call()
    return time.monotonic() - began


def is_free(turn):
    """Tell whether a turn can be taken at once; give it back."""
    try:
        turn.take(0)
    except TimeoutError:
        turn.close()
        return False
    turn.give_back()
    return True


def can_lock(path):
    """Tell whether nobody has locked a file."""
    with open(path, "rb") as file:
        return locked(file)


def test_who_wants_the_turn_again_stands_behind_who_waits(path):
    # A lock belongs to whoever has opened the file: two of them are as two processes.
    with contextlib.ExitStack() as stack:
        first, second = (SqliteDatabase(path).file_turn for _ in range(2))
        for turn in (first, second):
            stack.callback(turn.close)
        threads = stack.enter_context(ThreadPoolExecutor(1))

        for _ in range(10):
            first.take(0)
            waiting = threads.submit(second.take, time.monotonic() + 20)
            until(lambda: not can_lock(path.with_name("images.db-next")))
            first.give_back()
            assert not is_free(first)

            waiting.result()
            second.give_back()
            assert is_free(first)


def test_a_killed_process_ends_its_turn(path, new_process):
    process = new_process()

    with contextlib.closing(new_database(path)) as database, ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(write, database, add("next"))
        process.kill()
        assert seconds_of(waiting.result) < 5

        assert users(database) == {"earlier", "next"}


def test_a_stopped_process_makes_others_wait_only_briefly(path, new_process):
    process = new_process()
    process.send_signal(signal.SIGSTOP)

    with contextlib.closing(new_database(path, turn_seconds=0.2)) as database:
        with ThreadPoolExecutor(3) as threads:
            began = time.monotonic()
            writes = [threads.submit(write, database, add(name)) for name in "abc"]
            refused = [waiting.exception() for waiting in writes]
            # All together, not one after another.
            assert time.monotonic() - began < 2
        assert {type(error) for error in refused} == {StorageUnavailable}
        assert users(database) == {"earlier"}

        process.send_signal(signal.SIGCONT)
        process.communicate(b"go on\n")
        write(database, add("next"))
        assert users(database) == {"earlier", "process", "next"}


def test_a_program_that_takes_no_turns_is_waited_for(path):
    with contextlib.closing(new_database(path)) as database:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        end = threading.Timer(0.2, other.execute, ["COMMIT"])
        end.start()

        write(database, add("next"))

        end.join()
        other.close()


def test_a_write_that_cannot_begin_keeps_nothing(path):
    hasty, second = new_database(path, busy_seconds=0.05), new_database(path)
    with contextlib.closing(hasty), contextlib.closing(second):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for _ in range(2):
                with pytest.raises(StorageUnavailable):
                    write(hasty, add("refused"))

        assert len(hasty.idle) == 1
        assert seconds_of(lambda: write(second, add("next"))) < 5
        assert users(second) == {"earlier", "next"}


@pytest.mark.parametrize("name", ["images.db-turn", "images.db-next"])
def test_writes_go_on_without_the_files_of_the_turn(path, name):
    path.with_name(name).unlink()
    path.with_name(name).mkdir()

    with contextlib.closing(new_database(path)) as database:
        for user_id in ("a", "b"):
            write(database, add(user_id))
        assert users(database) == {"earlier", "a", "b"}


def test_the_files_of_the_turn_are_private(path):
    for name in ("images.db-turn", "images.db-next"):
        assert stat.S_IMODE(path.with_name(name).stat().st_mode) == 0o600
