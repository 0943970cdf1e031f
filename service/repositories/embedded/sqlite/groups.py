"""Writes that wait for each other share a transaction, and so one flush to disk.

A write runs, then hands the open transaction on to the one that waits longest; the last one
commits. All of them return only then: nobody is told, and no reader sees, what is not on disk.
"""

import contextlib
import sqlite3
import time

from service.repositories.embedded.turns import Queue

# A group takes no more writes than these, so that its first one does not wait for long.
MOST_MEMBERS = 32


class Group:
    """A write transaction that some writes share, one after another.

    open_until: takes no more writes then (time.monotonic). error: why all was undone. is_over:
    whether it is known what became of it.
    """

    def __init__(self, connection, open_until):
        self.connection = connection
        self.open_until = open_until
        self.members = 0
        # Of the writes that are done: they wait for the end.
        self.places = []
        self.error = None
        self.is_over = False

    def start(self):
        """Begin one write. The first one needs no savepoint, which would cost a third of it."""
        self.members += 1
        if self.places:
            self.connection.execute("SAVEPOINT member")

    def keep(self):
        """Keep what the last write did, to be committed."""
        if self.places:
            self.connection.execute("RELEASE member")

    def undo(self, error):
        """Undo what the last write did, because of an error."""
        # Until that is done nothing may last. Others are told of SQLite's errors only.
        self.error = error if isinstance(error, sqlite3.Error) else interrupted()
        # After some errors SQLite itself has undone the whole transaction.
        with contextlib.suppress(sqlite3.Error):
            if self.places:
                self.connection.execute("ROLLBACK TO member")
                # So that no later write goes back to it, past those that are kept.
                self.connection.execute("RELEASE member")
            else:
                self.connection.execute("ROLLBACK")
                self.members = 0
            self.error = None

    def takes_more(self):
        """Tell whether another write may join."""
        is_open = 0 < self.members < MOST_MEMBERS and not self.error
        return is_open and time.monotonic() < self.open_until

    def commit(self):
        """Commit and flush to disk, or undo all."""
        try:
            if self.members and not self.error:
                self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.error = error
        finally:
            if self.connection.in_transaction:
                self.error = self.error or interrupted()
                self.connection.execute("ROLLBACK")
            self.is_over = True


def interrupted():
    """Return the error of writes that were undone because of another one."""
    return sqlite3.OperationalError("interrupted")


class Groups:
    """The groups of a SqliteDatabase, one after another, in turns with those of other processes."""

    def __init__(self, database):
        self.database = database
        self.queue = Queue()

    @contextlib.contextmanager
    def writing(self):
        """Yield a connection; at the end all is on disk. Raises TimeoutError, errors of SQLite."""
        place = self.queue.enter()
        group = self.join(place)
        try:
            group.start()
            yield group.connection
            group.keep()
        except BaseException as error:
            group.undo(error)
            raise
        finally:
            # Also after a refusal: its reason may be what others wrote, so that must last, too.
            self.leave(group, place)

    def join(self, place):
        """Wait for the turn; return the group that was handed on, or a new one."""
        try:
            place.wait(self.database.turn_seconds)
            return place.given or self.begin(place)
        except BaseException:
            # The turn may have come at the last moment.
            if not self.queue.withdraw(place):
                self.pass_on(place.given)
            raise

    def begin(self, place):
        """Return a new group. Raises TimeoutError if other processes write for too long."""
        database = self.database
        connection = database.take()
        try:
            database.file_turn.take(place.entered + database.turn_seconds)
            connection.execute("BEGIN IMMEDIATE")
            return Group(connection, time.monotonic() + database.group_seconds)
        except BaseException:
            database.file_turn.close()
            database.give_back(connection)
            raise

    def leave(self, group, place):
        """Return when the group has ended. Raises what was wrong with it."""
        group.places.append(place)
        if self.pass_on(group):
            place.wait(self.database.turn_seconds + self.database.busy_seconds)
        if group.error or not group.is_over:
            raise group.error or interrupted()

    def pass_on(self, group):
        """Give the turn up; tell whether another write goes on with the group. None: no group."""
        if group is None:
            self.queue.end_turn()
            return False
        if group.takes_more() and self.queue.hand_on(group):
            return True
        self.end(group)
        return False

    def end(self, group):
        """Commit a group, let the next one begin, and call the writes of this one."""
        try:
            group.commit()
        finally:
            try:
                self.database.file_turn.give_back()
            finally:
                self.database.give_back(group.connection)
                self.queue.end_turn()
                for place in group.places:
                    place.call()
