"""The SQLite file of the embedded store: connections, transactions, schema versions."""

import collections
import contextlib
import sqlite3
import threading
import time

from service.common import deadlines
from service.common.errors import StorageFull, StorageUnavailable
from service.repositories.embedded.folders import make_file, make_folder
from service.repositories.embedded.sqlite import schema
from service.repositories.embedded.sqlite.groups import Groups
from service.repositories.embedded.turns import FileTurn

# How long a write waits at most: first for its turn among threads and processes, then for SQLite's
# locks, which programs have that take no turns.
TURN_SECONDS = 7
BUSY_SECONDS = 5
# How long a transaction takes further writes: its first one waits for them.
GROUP_SECONDS = 0.02
TURN_FILES = ("-turn", "-next")
WAL_PAUSE_SECONDS = 0.01
# What SQLite and the disk raise; TimeoutError is one of them.
ERRORS = (sqlite3.Error, OSError)


class SqliteDatabase:
    """One SQLite file. The first connection makes it or updates its schema.

    Connections are opened when first needed, after any fork; each serves one thread at a time.
    """

    def __init__(
        self,
        path,
        turn_seconds=TURN_SECONDS,
        busy_seconds=BUSY_SECONDS,
        group_seconds=GROUP_SECONDS,
    ):
        self.path = path
        self.turn_seconds = turn_seconds
        self.busy_seconds = busy_seconds
        self.group_seconds = group_seconds
        self.idle = collections.deque()
        self.file_turn = FileTurn(*(path.with_name(path.name + end) for end in TURN_FILES))
        self.groups = Groups(self)
        self.opening = threading.Lock()

    def read(self, operation, sql, parameters):
        """Return the rows of a query."""
        with self.connection(operation) as connection:
            return connection.execute(sql, parameters).fetchall()

    @contextlib.contextmanager
    def writing(self, operation):
        """Yield a connection in a write transaction; at the end it is committed and on disk.

        Writes that wait at the same time share one. Not begun if the request has no time for it.
        """
        deadlines.require(self.turn_seconds + self.busy_seconds)
        try:
            with self.groups.writing() as connection:
                yield connection
        except ERRORS as error:
            raise failure(operation, error) from error

    @contextlib.contextmanager
    def connection(self, operation):
        """Yield a connection for reading."""
        connection = None
        try:
            connection = self.take()
            yield connection
        except ERRORS as error:
            raise failure(operation, error) from error
        finally:
            if connection:
                self.give_back(connection)

    def give_back(self, connection):
        """Let others have a connection."""
        if connection.in_transaction:
            # It was interrupted, and would keep everybody from writing.
            connection.close()
        else:
            self.idle.append(connection)

    def take(self):
        """Return an idle connection, or a new one."""
        try:
            return self.idle.pop()
        except IndexError:
            with self.opening:
                return self.open()

    def connect(self):
        """Return a new connection; the schema is not updated."""
        return sqlite3.connect(
            self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False
        )

    def open(self):
        """Open a connection with WAL and a flush to disk at every commit; update the schema."""
        make_folder(self.path.parent)
        # SQLite gives the files beside it the same mode.
        make_file(self.path)
        connection = self.connect()
        try:
            connection.row_factory = sqlite3.Row
            self.use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            self.migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def migrate(self, connection):
        """Update the schema. Raises StorageUnavailable if a newer version made it."""
        if schema.is_newer(connection):
            raise unavailable("open", "written by a newer version of the service")
        schema.migrate(connection)

    def use_wal(self, connection):
        """Turn WAL on. SQLite does not wait for another process that does so at the same time."""
        end = time.monotonic() + self.busy_seconds
        while True:
            try:
                return connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
            time.sleep(WAL_PAUSE_SECONDS)

    def is_newer(self):
        """Tell whether a newer version of the service wrote the file."""
        return self.look(schema.is_newer)

    def is_older(self):
        """Tell whether an earlier version of the service wrote the file."""
        return self.look(schema.is_older)

    def look(self, question):
        """Return what a function tells of the file; False if there is no database."""
        if not self.path.exists():
            return False
        # A file that is no database is another fault: it appears at the first use.
        with contextlib.suppress(sqlite3.Error), contextlib.closing(self.connect()) as connection:
            return question(connection)
        return False

    def update(self):
        """Update the schema now; if it fails, the first use tries again and tells."""
        with contextlib.suppress(StorageUnavailable), self.connection("update"):
            pass
        self.close()

    def close(self):
        """Close the idle connections and the files of the turn."""
        self.file_turn.close()
        with contextlib.suppress(IndexError):
            while True:
                self.idle.pop().close()


def failure(operation, error):
    """Return the StorageFull or StorageUnavailable of an error of SQLite or of the disk."""
    reason = f"{type(error).__name__}: {error}"
    if is_full(error):
        return StorageFull("The disk is full.", operation=operation, reason=reason)
    return unavailable(operation, reason)


def is_full(error):
    """Tell whether an error of SQLite or of the disk means that there is no room."""
    if isinstance(error, OSError):
        return error.errno in StorageFull.errnos
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def unavailable(operation, reason):
    """Return the StorageUnavailable of an operation."""
    detail = "The image store cannot be used at the moment. Try again."
    return StorageUnavailable(detail, operation=operation, reason=reason)
