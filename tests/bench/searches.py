"""Searches in the embedded store that find nothing, and what others feel of them.

They last as long as a search may: all of that is SQLite, which does not hold Python's lock.
Alone: `python -m tests.bench.searches IMAGES ROUNDS`. A million images are 1.7 GB.
"""

import contextlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from service.app import create_app
from service.repositories.embedded.sqlite import facets, images
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.lists import list_keys
from tests.bench import load, processes, report, rounds, samples
from tests.bench.report import Figure
from tests.support.signed_tokens import SECRET, token

IMAGES = 100_000
AT_ONCE = 10_000
# Each image has one of them.
NEVER_MEET = ("day", "night")
SEARCHES = {
    "all of two tags that never meet": f"tags={','.join(NEVER_MEET)}&match=all",
    "q that matches nothing": "q=lighthouse",
    "none of a tag that all have": "none=sea",
}
VIEWERS = 8
SEARCHERS = 4
SECONDS = 2
# The searches begin before the views, and end after them.
AHEAD_SECONDS = 1
PAGES = 10
ROUNDS = 5
OPEN = {"AUTH": "none"}
SIGNED = {"AUTH": "jwt", "JWT_SECRET": SECRET}
DEPLOYED = {"": OPEN}
# What is measured alone.
DEPLOYMENTS = {
    f", WORKERS={workers} AUTH={auth['AUTH']}": auth | {"WORKERS": str(workers)}
    for workers in (1, 2)
    for auth in (OPEN, SIGNED)
}


def figures(count):
    """Return how long a page of each search lasts, and how much it delays other threads."""
    with tempfile.TemporaryDirectory() as folder:
        fill(folder, IMAGES)
        return [
            *pages(folder, count, IMAGES),
            *views(folder, min(count, 3), IMAGES, DEPLOYED),
        ]


def fill(folder, number):
    """Write the records of so many images; they have no bytes and no counts: no search needs them.

    Many at once, in the order of the tables.
    """
    database = SqliteDatabase(Path(folder) / "images.db")
    for start in range(0, number, AT_ONCE):
        found = [record(one) for one in range(start, min(start + AT_ONCE, number))]
        entries = [(key, one.listed_at, one.image_id) for one in found for key in list_keys(one)]
        with database.writing("bench") as connection:
            connection.executemany(
                f"INSERT INTO images ({images.COLUMNS}) VALUES ({images.SLOTS})",  # noqa: S608
                map(images.row_of, found),
            )
            connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", sorted(entries))
            connection.executemany(facets.INSERT, map(facets.row_of, found))
    database.close()


def record(number):
    """Return a record that has one of the tags that never meet."""
    return samples.record(number, ["sea", NEVER_MEET[number % 2]])


def pages(folder, count, number):
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
        found.append(Figure(f"a page at {number:,}, {name}", measured[name, "page"], "ms"))
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


def views(folder, count, number, deployments):
    """Return the views a second under gunicorn while others search / while nobody does.

    deployments: {name: settings}, each measured by itself. number: how many images there are.
    """
    found = []
    for name, settings in deployments.items():
        with processes.gunicorn({"DATA_DIR": folder, **settings}) as server:
            cases = beside_searches(server.port, settings, samples.record(number - 1).image_id)
            measured = rounds.interleaved(cases, count)
        nobody = measured.pop("nobody")
        title = f"embedded views{name}"
        found += [
            Figure(f"{title}, nobody searches", rates(nobody), "a second"),
            Figure(f"{title}, nobody searches: p99", slowest(nobody), "ms"),
        ]
        for search, results in measured.items():
            title = f"embedded views{name} while {SEARCHERS} clients search, {search}"
            ratio = rounds.ratios(rates(results), rates(nobody))
            found += [
                Figure(title, ratio, "× views alone"),
                Figure(f"{title}: a second", rates(results), "a second"),
                Figure(f"{title}: p99", slowest(results), "ms"),
            ]
    return found


def beside_searches(port, settings, image_id):
    """Return the cases: views while nobody searches, and while clients do so in each way."""
    view = request_of(samples.view(image_id), settings)

    def viewed():
        return load.send(port, [view], VIEWERS, seconds=SECONDS)

    cases = {"nobody": viewed}
    for name, query in SEARCHES.items():
        search = request_of(samples.page(query), settings)
        cases[name] = lambda search=search: beside(port, search, viewed)
    return cases


def request_of(sent, settings):
    """Return the bytes of a request, with the owner's token if there must be one."""
    if settings["AUTH"] == "none":
        return sent.bytes
    owner = token(sub=samples.FIELDS["user_id"])
    return sent.bytes.replace(b"\r\n", f"\r\nAuthorization: Bearer {owner}\r\n".encode(), 1)


def rates(results):
    """Return the requests a second of each load."""
    return [result.per_second for result in results]


def slowest(results):
    """Return the milliseconds within which 99 of 100 requests of each load were answered."""
    return [result.percentile(0.99) for result in results]


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
    """Print the figures of searches alone, at so many images, in each deployment."""
    number, count = map(int, (sys.argv[1:] + [IMAGES, ROUNDS][len(sys.argv) - 1 :])[:2])
    os.environ.update(processes.CREDENTIALS)
    # The service's log lines.
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stderr(nowhere),
        tempfile.TemporaryDirectory() as folder,
    ):
        fill(folder, number)
        found = [*pages(folder, count, number), *views(folder, count, number, DEPLOYMENTS)]
    for figure in found:
        print(report.line(figure))


if __name__ == "__main__":
    main()
