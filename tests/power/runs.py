"""The runs of the service that are recorded."""

import contextlib
import itertools
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

from tests.power.clients import Client
from tests.power.disk import History, cut_behind
from tests.power.recording import Recorder
from tests.support.servers import Server

# Enough for the steps that need an image, or two.
FIRST = ("upload", "upload_directly", "upload", "upload_twice", "upload")
STEPS = (
    "look_at_thumb", "look_at_large", "change", "batch", "move_to_trash", "upload", "restore",
    "delete", "upload_twice", "move_to_trash", "upload_directly", "delete_trashed", "upload",
    "batch_delete", "change",
)  # fmt: skip

PURGED = ("trash_briefly", "batch_trash", "sweep", "upload", "trash_briefly", "sweep", "sweep")

# workers: of the server. users: clients at once. rounds: how often each goes through the STEPS.
# beside: what the operator does meanwhile. after: what the first client does when all have ended.
# settings: of the server.
Run = namedtuple("Run", "workers users rounds beside after settings", defaults=({},))
RUNS = {
    "one client": Run(1, 1, 1, (), ("sweep", "sweep")),
    # So much that SQLite writes its log into the database.
    "clients at once": Run(1, 4, 2, ("sweep",), ("sweep",)),
    "two workers": Run(2, 5, 1, ("sweep", "sweep"), ("sweep",)),
    "short trash": Run(1, 1, 0, (), PURGED, {"TRASH_DAYS": "0"}),
    "export": Run(1, 1, 0, ("export",), ("delete", "upload", "change", "export_again")),
}


def record(run, place):
    """Do a Run in a new folder; return the Recorder, whose programs have ended."""
    recorder = Recorder(place)
    settings = recorder.environ(WORKERS=str(run.workers), THREADS="8", **run.settings)
    server = Server(recorder.folder / "data", **settings).wait_until_up()
    try:
        work(run, recorder, server.port)
    finally:
        code, errors = server.stop()
    assert (code, errors) == (0, "")
    return recorder


def work(run, recorder, port):
    """Let the clients of a Run do their steps, and the operator his."""
    numbers = itertools.count()
    names = ["operator", *(f"user{number}" for number in range(run.users))]
    with contextlib.ExitStack() as stack:
        made = [Client(recorder, port, name, numbers) for name in names]
        operator, *clients = [stack.enter_context(client) for client in made]
        threads = stack.enter_context(ThreadPoolExecutor(len(made)))
        done = [threads.submit(go, client, STEPS * run.rounds) for client in clients]
        done.append(threads.submit(go, operator, run.beside, first=()))
        for one in done:
            one.result()
        go(clients[0], run.after, first=())


def go(client, steps, first=FIRST):
    """Let a client do the first steps, then the others."""
    for step in (*first, *steps):
        getattr(client, step)()


def history(recorder):
    """Return the History of a recording. Raises AssertionError if something was done unseen."""
    recorded = History(recorder.calls())
    last = cut_behind(recorded, len(recorded.events))
    written = last.state(dict.fromkeys(last.pending))
    contents = {path: written.content(node) for path, node in written.files.items()}
    assert contents == files_below(recorder.folder), (
        "files were written by calls that are not known"
    )
    return recorded


def files_below(folder):
    """Return {path: bytes} of the files in a folder, but SQLite's shared memory."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }
