"""Writes that wait for each other, when a statement that begins, undoes or ends them fails."""

import contextlib
import errno
import sqlite3

import pytest

from service.common.errors import StorageUnavailable
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.groups import Group, Groups
from service.repositories.embedded.turns import FileTurn
from tests.repositories.queued_writes import add, new_database, users, write, write_all

BEFORE, AFTER = "before it runs", "after it has run"
# How often four writes run each statement, of which the second one is refused.
STATEMENTS = {"SAVEPOINT member": 3, "RELEASE member": 3, "ROLLBACK TO member": 1, "COMMIT": 1}
PLACES = [(sql, number) for sql, most in STATEMENTS.items() for number in range(most)]


class Refused(Exception):
    """What a write raises whose condition does not hold."""


@pytest.fixture
def faults():
    """What the next runs of a statement do: BEFORE and AFTER break them, None lets them be."""
    return {}


@pytest.fixture
def database(tmp_path, faults):
    class Connection(sqlite3.Connection):
        def execute(self, sql, *parameters):
            following = faults.get(sql)
            fault = following.pop(0) if following else None
            if fault == BEFORE:
                raise MemoryError
            answer = super().execute(sql, *parameters)
            if fault == AFTER:
                raise MemoryError
            return answer

    class Database(SqliteDatabase):
        def connect(self):
            options = {"isolation_level": None, "check_same_thread": False}
            return sqlite3.connect(self.path, factory=Connection, **options)

    with contextlib.closing(Database(tmp_path / "images.db", 20, group_seconds=60)) as database:
        write(database, add("earlier"))
        yield database


def add_both(name):
    """Return what writes two rows."""

    def body(connection):
        for number in "12":
            add(name + number)(connection)

    return body


def refuse(connection):
    """Write, then find that it must not be."""
    add("refused")(connection)
    raise Refused


def require_free(database):
    """Require that this process and others may write."""
    write(database, add("next"))
    with contextlib.closing(new_database(database.path, turn_seconds=0.2)) as other:
        write(other, add("of another process"))
    assert users(database) > {"next", "of another process"}


@pytest.mark.parametrize("moment", [BEFORE, AFTER])
@pytest.mark.parametrize(("sql", "number"), PLACES)
def test_no_statement_that_fails_breaks_a_promise(database, faults, sql, number, moment):
    faults[sql] = [None] * number + [moment]

    outcomes = write_all(database, add_both("a"), refuse, add_both("b"), add_both("c"))

    assert not faults[sql]
    found = users(database)
    assert "refused" not in found
    for name, outcome in zip("abc", [outcomes[0], *outcomes[2:]], strict=True):
        rows = found & {name + "1", name + "2"}
        # Whoever was told that it failed may have written, but not one half.
        assert len(rows) == 2 or (isinstance(outcome, BaseException) and not rows)
    # Nobody is told of another one's refusal.
    assert not [one for one in [outcomes[0], *outcomes[2:]] if isinstance(one, Refused)]
    require_free(database)


class NotCommitted(Group):
    def commit(self):
        raise MemoryError


class NotJoined(Group):
    def start(self):
        if self.places:
            raise MemoryError
        super().start()


@pytest.mark.parametrize("kind", [NotCommitted, NotJoined])
def test_nobody_is_told_of_success_before_the_commit(database, kind):
    class Broken(Groups):
        def begin(self, place):
            group = super().begin(place)
            return kind(group.connection, group.open_until)

    database.groups = Broken(database)
    outcomes = write_all(database, add("a"), add("b"))

    assert {type(outcome) for outcome in outcomes} <= {StorageUnavailable, MemoryError}
    assert users(database) == {"earlier"}
    database.groups = Groups(database)
    require_free(database)


@pytest.mark.parametrize("moment", [BEFORE, AFTER])
def test_a_group_that_does_not_begin_keeps_no_lock(database, faults, moment):
    faults["BEGIN IMMEDIATE"] = [moment]

    with pytest.raises(MemoryError):
        write(database, add("a"))

    require_free(database)
    assert "a" not in users(database)


def test_a_turn_that_cannot_be_given_back_stops_nobody(tmp_path):
    class LastingTurn(FileTurn):
        def give_back(self):
            raise OSError(errno.ENOLCK, "no locks")

    with contextlib.closing(new_database(tmp_path / "images.db", turn_seconds=1)) as database:
        database.file_turn = LastingTurn(*database.file_turn.paths)
        for name in "ab":
            with pytest.raises(StorageUnavailable):
                write(database, add(name))

        assert users(database) == {"a", "b"}
        assert len(database.idle) == 1
