"""Writes that wait for each other share a transaction, and each knows what became of it."""

import contextlib
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.common.errors import StorageFull, StorageUnavailable
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.groups import MOST_MEMBERS
from tests.repositories.queued_writes import (
    ADD,
    add,
    commits,
    new_database,
    until,
    users,
    write,
    write_all,
)


class Refused(Exception):
    """What a write raises whose condition does not hold."""


@pytest.fixture
def database(tmp_path):
    with contextlib.closing(new_database(tmp_path / "images.db")) as database:
        write(database, add("earlier"))
        yield database


def refuse(connection):
    """Write, then find that it must not be."""
    add("refused")(connection)
    raise Refused


def break_all(connection):
    """Fail so that SQLite undoes the whole transaction, as it may on a full disk."""
    connection.execute(ADD.replace("INSERT", "INSERT OR ROLLBACK"), ("earlier",))


def test_writes_that_wait_are_one_commit_in_their_order(database):
    before = commits(database)
    order = []

    write_all(database, *(lambda _connection, n=n: order.append(n) for n in range(5)))
    write_all(database, *(add(f"user {number}") for number in range(5)))

    assert order == [0, 1, 2, 3, 4]
    assert commits(database) == before + 1
    assert users(database) == {"earlier", *(f"user {number}" for number in range(5))}


def test_nothing_is_told_or_seen_before_the_commit(database):
    told, seen = [], []

    def tell(name):
        write(database, add(name))
        told.append(name)

    def last(connection):
        # Both have run, since the next one is here.
        assert connection.execute("SELECT count(*) FROM usage").fetchone()[0] == 3
        seen.append((list(told), users(database)))

    with ThreadPoolExecutor(3) as threads, database.writing("test"):
        for number, task in enumerate([(tell, "a"), (tell, "b"), (write, database, last)], 2):
            threads.submit(*task)
            until(lambda number=number: len(database.groups.queue.places) == number)

    assert seen == [([], {"earlier"})]
    assert sorted(told) == ["a", "b"]


@pytest.mark.parametrize("place", range(3))
def test_a_write_that_fails_harms_no_other(database, place):
    before = commits(database)
    bodies = [add("a"), add("b")]
    bodies.insert(place, refuse)

    outcomes = write_all(database, *bodies)

    assert isinstance(outcomes.pop(place), Refused)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert users(database) == {"earlier", "a", "b"}
    assert commits(database) == before + 1


def test_all_fail_if_sqlite_undoes_the_transaction(database):
    outcomes = write_all(database, add("a"), refuse, break_all, add("later"))

    # What it was refused for may have been undone, too.
    assert [type(outcome) for outcome in outcomes[:3]] == [StorageUnavailable] * 3
    assert not isinstance(outcomes[3], Exception)
    assert "UNIQUE" in outcomes[0].facts["reason"]
    assert users(database) == {"earlier", "later"}


def test_all_fail_if_the_commit_fails(database):
    resource = pytest.importorskip("resource", reason="no limits on this system")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill_the_disk(connection):
        add("c")(connection)
        size = database.path.with_name("images.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))

    try:
        outcomes = write_all(database, add("a"), refuse, fill_the_disk)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert {type(outcome) for outcome in outcomes} <= {StorageFull, StorageUnavailable}
    assert users(database) == {"earlier"}
    write(database, add("later"))
    assert users(database) == {"earlier", "later"}


@pytest.mark.parametrize("fault", [sqlite3.OperationalError, KeyboardInterrupt])
def test_all_is_undone_if_the_commit_does_not_happen(tmp_path, fault):
    class Connection(sqlite3.Connection):
        def execute(self, sql, *parameters):
            if sql == "COMMIT" and faults:
                raise faults.pop()
            return super().execute(sql, *parameters)

    class Database(SqliteDatabase):
        def connect(self):
            return sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, factory=Connection
            )

    faults = []
    with contextlib.closing(Database(tmp_path / "images.db", 20, group_seconds=60)) as database:
        write(database, add("earlier"))
        faults.append(fault)

        outcomes = write_all(database, add("a"), refuse, add("b"))

        assert [type(outcome) for outcome in outcomes[:2]] == [StorageUnavailable] * 2
        assert isinstance(outcomes[2], (StorageUnavailable, KeyboardInterrupt))
        assert users(database) == {"earlier"}
        write(database, add("later"))
        assert users(database) == {"earlier", "later"}


def test_a_write_that_waits_too_long_leaves_the_queue(tmp_path):
    hasty = new_database(tmp_path / "images.db", turn_seconds=0.05)

    with contextlib.closing(hasty), ThreadPoolExecutor(1) as threads:
        with hasty.writing("test") as connection:
            late = threads.submit(write, hasty, add("late"))
            assert isinstance(late.exception(), StorageUnavailable)
            add("in time")(connection)
        write(hasty, add("next"))

        assert users(hasty) == {"in time", "next"}


def test_nobody_waits_for_ever_for_the_others_of_a_group(tmp_path):
    hasty = new_database(tmp_path / "images.db", turn_seconds=0.2, busy_seconds=0.2)
    go = threading.Event()

    def hand_on(connection):
        threads.submit(write, hasty, lambda _connection: go.wait(20))
        until(lambda: len(hasty.groups.queue.places) == 2)
        add("may last")(connection)

    with contextlib.closing(hasty), ThreadPoolExecutor(2) as threads:
        assert isinstance(threads.submit(write, hasty, hand_on).exception(), StorageUnavailable)
        go.set()
        until(lambda: not hasty.groups.queue.places)

        # Nobody was told that it does not last, and the turn is free.
        assert users(hasty) == {"may last"}
        write(hasty, add("next"))


def test_a_group_has_a_bounded_number_of_writes(database):
    before = commits(database)
    names = [str(number) for number in range(MOST_MEMBERS + 1)]

    write_all(database, *map(add, names))

    assert commits(database) == before + 2
    assert users(database) == {"earlier", *names}


def test_a_group_takes_writes_for_a_bounded_time(tmp_path):
    with contextlib.closing(new_database(tmp_path / "images.db", group_seconds=0)) as database:
        before = commits(database)

        write_all(database, add("a"), add("b"), add("c"))

        assert commits(database) == before + 3


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_write_leaves_no_turn_taken(database, interrupt):
    def be_interrupted(connection):
        add("interrupted")(connection)
        raise interrupt

    outcomes = write_all(database, add("a"), be_interrupted, add("b"))

    assert isinstance(outcomes[1], interrupt)
    write(database, add("next"))
    assert users(database) == {"earlier", "a", "b", "next"}
