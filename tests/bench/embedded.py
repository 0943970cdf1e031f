"""The routes on the embedded store under gunicorn, against a bare Flask route there."""

import json
import os
import sys
import tempfile

from tests.bench import load, processes, rounds, samples
from tests.bench.report import Figure

CONNECTIONS = 8
BARE = [sys.executable, "-m", "gunicorn", "--config", os.devnull, "--worker-class", "gthread"]
BLOCKS = {"view": 300, "list 20": 200, "upload 200 KB": 20, "delete": 20}


def figures(count):
    """Return the figures of view, list, upload and delete: CPU time a request / a bare route's."""
    port = processes.free_port()
    bare = [*BARE, "--threads", "64", "--bind", f"127.0.0.1:{port}", "tests.bench.bare:app"]
    with (
        tempfile.TemporaryDirectory() as folder,
        processes.running(bare, port) as floor,
        processes.gunicorn({"DATA_DIR": folder}) as server,
    ):
        measured = rounds.interleaved(cases(server, floor), count)
    base = measured.pop("floor")
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
    }


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
