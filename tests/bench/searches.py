"""Searches of 100,000 images in the embedded store that find nothing, and what others feel of them.

They last as long as a search may: all of that is SQLite, which does not hold Python's lock.
"""

import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from service.app import create_app
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.bench import lists, load, processes, report, rounds, samples
from tests.bench.report import Figure

IMAGES = 100_000
# Each image has one of them.
NEVER_MEET = ("day", "night")
SEARCHES = {
    "all of two tags that never meet": f"tags={','.join(NEVER_MEET)}&match=all",
    "q that matches nothing": "q=lighthouse",
}
VIEWERS = 8
SEARCHERS = 4
SECONDS = 2
# The searches begin before the views, and end after them.
AHEAD_SECONDS = 1
PAGES = 10


def figures(count):
    """Return how long a page of each search lasts, and how much it delays other threads."""
    with tempfile.TemporaryDirectory() as folder:
        fill(folder)
        return [*pages(folder, count), *views(folder, min(count, 3))]


def fill(folder):
    """Write the records of so many images; they have no bytes, as no search needs them."""
    database = SqliteDatabase(Path(folder) / "images.db")
    found = (samples.record(number, ["sea", NEVER_MEET[number % 2]]) for number in range(IMAGES))
    lists.insert_all(SqliteImages(database), found)
    database.close()


def pages(folder, count):
    """Return the figures of pages in this process: their time, and that with Python's lock."""
    app = create_app({"DATA_DIR": folder})
    requests = {name: samples.page(query) for name, query in SEARCHES.items()}
    cases = {}
    for name, request in requests.items():

        def send(request=request):
            request.to(app)

        cases[name, "page"] = lambda send=send: timed(send)
        cases[name, "held"] = lambda send=send: held(send)
    measured = rounds.interleaved(cases, count)
    found = []
    for name in SEARCHES:
        found.append(Figure(f"a page at 100,000, {name}", measured[name, "page"], "ms"))
        found.append(Figure(f"Python's lock a page, {name}", measured[name, "held"], "ms"))
    return found


def timed(function):
    """Return the milliseconds that a call takes."""
    began = time.perf_counter()
    for _ in range(PAGES):
        function()
    return (time.perf_counter() - began) * 1000 / PAGES


def held(function):
    """Return the milliseconds of a call in which no other thread could run Python.

    A thread that always wants to run is stopped only by the scheduler, which tells how long, or by
    Python's lock.
    """
    with Runner() as runner:
        began, before = time.perf_counter(), runner.seconds()
        for _ in range(PAGES):
            function()
        passed, after = time.perf_counter() - began, runner.seconds()
    return (passed - (after - before)) * 1000 / PAGES


class Runner:
    """A thread that runs Python until a block ends."""

    def __enter__(self):
        self.goes_on = True
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.goes_on = False
        self.thread.join()

    def run(self):
        """Do nothing, as fast as possible."""
        while self.goes_on:
            pass

    def seconds(self):
        """Return how long it has run, or waited for a processor with the lock in its hands."""
        path = Path(f"/proc/self/task/{self.thread.native_id}/schedstat")
        running, waiting, _slices = map(int, path.read_text().split())
        return (running + waiting) / 1e9


def views(folder, count):
    """Return the views a second under gunicorn while others search / while nobody does."""
    view = samples.view(samples.record(IMAGES - 1).image_id).bytes
    with processes.gunicorn({"DATA_DIR": folder}) as server:

        def viewed():
            return load.send(server.port, [view], VIEWERS, seconds=SECONDS).per_second

        cases = {"nobody": viewed}
        for name, query in SEARCHES.items():
            search = samples.page(query).bytes
            cases[name] = lambda search=search: beside(server.port, search, viewed)
        measured = rounds.interleaved(cases, count)
    nobody = measured.pop("nobody")
    found = [Figure("embedded views a second, nobody searches", nobody, "a second")]
    for name, rates in measured.items():
        title = f"embedded views while {SEARCHERS} clients search, {name}"
        found.append(Figure(title, rounds.ratios(rates, nobody), "× views alone"))
        found.append(Figure(f"{title}: a second", rates, "a second"))
    return found


def beside(port, search, viewed):
    """Return what a function returns while other clients search."""
    seconds = SECONDS + 2 * AHEAD_SECONDS
    searchers = threading.Thread(
        target=load.send, args=[port, [search], SEARCHERS], kwargs={"seconds": seconds}
    )
    searchers.start()
    time.sleep(AHEAD_SECONDS)
    result = viewed()
    searchers.join()
    return result


def main():
    """Print the figures of searches alone; it takes two minutes."""
    os.environ.update(processes.CREDENTIALS)
    # The service's log lines.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        found = figures(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    for figure in found:
        print(report.line(figure))


if __name__ == "__main__":
    main()
