"""Writes of threads that stand in a queue, on a SQLite database whose transactions are counted."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from service.repositories.embedded.sqlite.database import SqliteDatabase

ADD = "INSERT INTO usage (user_id, images, bytes, changes) VALUES (?, 0, 0, 0)"
WAL_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24


def new_database(path, **seconds):
    """Return a database with tables, whose groups end only when nobody waits."""
    database = SqliteDatabase(path, **{"turn_seconds": 20, "group_seconds": 60, **seconds})
    database.read("test", "SELECT 1", ())
    return database


def add(user_id):
    """Return what writes a user's row."""
    return lambda connection: connection.execute(ADD, (user_id,))


def users(database):
    """Return the users that readers see."""
    return {row["user_id"] for row in database.read("test", "SELECT user_id FROM usage", ())}


def commits(database):
    """Return how many transactions are in the log: the last frame of each has the file's size."""
    log = database.path.with_name(database.path.name + "-wal").read_bytes()
    frame = FRAME_HEADER_BYTES + int.from_bytes(log[8:12], "big")
    starts = range(WAL_HEADER_BYTES, len(log), frame)
    return sum(log[start + 4 : start + 8] != bytes(4) for start in starts)


def write(database, body):
    """Write once: body(connection)."""
    with database.writing("test") as connection:
        return body(connection)


def write_all(database, *bodies):
    """Write with a thread for each body, all of which wait when the first begins.

    Return for each what it returned or raised, in their order.
    """
    go = threading.Event()

    def first(connection):
        assert go.wait(20)
        return bodies[0](connection)

    with ThreadPoolExecutor(len(bodies)) as threads:
        writes = []
        for body in (first, *bodies[1:]):
            writes.append(threads.submit(write, database, body))
            until(lambda: len(database.groups.queue.places) == len(writes))
        go.set()
    return [write.exception() or write.result() for write in writes]


def until(condition):
    """Wait until a condition holds."""
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)
