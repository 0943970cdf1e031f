"""The routes on the embedded store under gunicorn, against a bare Flask route there."""

import itertools
import json
import os
import sys
import tempfile

from tests.bench import kinds, load, processes, rounds, samples
from tests.bench.report import Figure

CONNECTIONS = 8
BARE = [sys.executable, "-m", "gunicorn", "--config", os.devnull, "--worker-class", "gthread"]
BLOCKS = {"view": 300, "list 20": 200, "upload 200 KB": 20, "delete": 20, "PATCH": 40}
LISTS = {
    "list of dates": "created_after=2026-02-13&created_before=2126-02-13",
    "list by q": "q=holiday",
    "list by content_type": "content_type=image/jpeg",
}
UPDATES, DELETES, SINGLES = "update of 100, an image", "delete of 100, an image", "single delete"
TEXTS = ("One description.", "Another description.")


def figures(count):
    """Return the figures of the routes: CPU time a request / a bare route's.

    Those of batches are for one of their images.
    """
    port = processes.free_port()
    bare = [*BARE, "--threads", "64", "--bind", f"127.0.0.1:{port}", "tests.bench.bare:app"]
    with (
        tempfile.TemporaryDirectory() as folder,
        processes.running(bare, port) as floor,
        processes.gunicorn({"DATA_DIR": folder}) as server,
    ):
        measured = rounds.interleaved(cases(server, floor) | batches(server), count)
    base = measured.pop("floor")
    ratios = rounds.ratios(measured[DELETES], measured.pop(SINGLES))
    return [
        *against_bare(measured, base),
        Figure("embedded delete of 100, ÷ 100 singles", ratios, "× singles"),
    ]


def against_bare(measured, base):
    """Return the figures of routes against the bare route's."""
    return [
        Figure(
            f"embedded {name}",
            rounds.ratios(route, base),
            "× bare route",
            {"floor_ms": base, "route_ms": route},
        )
        for name, route in measured.items()
    ]


def cases(server, floor):
    """Return the cases; the deletes use the images of the uploads."""
    upload = samples.upload_form(samples.SMALL).bytes
    image_ids = [new_image(server, upload) for _ in range(30)]
    view, page = samples.view(image_ids[0]).bytes, samples.page().bytes

    # In turns, so that each changes something.
    patches = [samples.change(image_ids[1], {"description": text}).bytes for text in TEXTS]

    def uploads():
        before = server.cpu_seconds()
        image_ids.extend(new_image(server, upload) for _ in range(BLOCKS["upload 200 KB"]))
        return (server.cpu_seconds() - before) / BLOCKS["upload 200 KB"]

    def deletes():
        requests = [samples.delete(image_ids.pop()).bytes for _ in range(BLOCKS["delete"])]
        return cost(server, requests, len(requests), 1)

    return {
        "floor": lambda: cost(floor, [samples.view("0" * 32).bytes], BLOCKS["view"]),
        "view": lambda: cost(server, [view], BLOCKS["view"]),
        "list 20": lambda: cost(server, [page], BLOCKS["list 20"]),
        # One after another: a delete needs the answer to its upload.
        "upload 200 KB": uploads,
        "delete": deletes,
        "PATCH": lambda: cost(server, patches, BLOCKS["PATCH"], 1),
        "tags": lambda: cost(server, [samples.tags().bytes], BLOCKS["list 20"]),
        **{name: lists(server, query) for name, query in LISTS.items()},
    }


def lists(server, query):
    """Return the case of a list."""
    request = samples.page(f"{kinds.OF_USER}&{query}").bytes
    return lambda: cost(server, [request], BLOCKS["list 20"])


def batches(server):
    """Return the cases of batches, for one of their images, and of single deletes of such images.

    The images are tiny. Each delete has images of its own.
    """
    upload = samples.upload_form(samples.TINY).bytes
    updated = [new_image(server, upload) for _ in range(kinds.MANY)]
    texts = itertools.cycle(TEXTS)

    def update():
        request = samples.Batch(updated, "update", changes={"description": next(texts)})
        return cost(server, [request.bytes], 1, 1) / kinds.MANY

    def delete():
        request = samples.Batch([new_image(server, upload) for _ in range(kinds.MANY)], "delete")
        return cost(server, [request.bytes], 1, 1) / kinds.MANY

    def single():
        image_ids = [new_image(server, upload) for _ in range(BLOCKS["delete"])]
        requests = [samples.delete(image_id).bytes for image_id in image_ids]
        return cost(server, requests, len(requests), 1)

    return {UPDATES: update, DELETES: delete, SINGLES: single}


def cost(server, requests, count, connections=CONNECTIONS):
    """Return the CPU seconds that a server uses for each of `count` requests."""
    before = server.cpu_seconds()
    load.send(server.port, requests, connections, count=count)
    return (server.cpu_seconds() - before) / count


def new_image(server, upload):
    """Upload an image; return its id."""
    connection = load.Connection(server.port)
    image_id = json.loads(connection.exchange(upload))["image_id"]
    connection.close()
    return image_id
