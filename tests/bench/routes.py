"""The routes on S3 and DynamoDB, in this process and under gunicorn, against bare boto3."""

import base64
import contextlib
import json
import tempfile
from functools import partial
from pathlib import Path

from service.app import create_app
from service.business.inspection.header import MOST_DECODE_MEMORY
from service.business.inspection.image_inspector import recognise
from service.models.image import SPOOL_BYTES
from tests.bench import kinds, known, load, processes, rounds, samples
from tests.bench.floors import Floor
from tests.bench.processes import CREDENTIALS
from tests.bench.report import Figure
from tests.bench.stand_in import address, floor_answers, service_answers, stand_in

CONNECTIONS = 8
LARGE_BLOCK = 2
OTHER_FLOORS = {
    # As in versions without thumbs, whose floor put the image alone.
    "thumbless": "floor without thumb",
    "decoding": "floor that decodes",
}


class Bench:
    """One stand-in for the service, one for the floor, and the requests to send."""

    def __init__(self, stack):
        self.images = images = [samples.record(number) for number in range(130, 30, -1)]
        self.store = stack.enter_context(stand_in(service_answers(images)))
        self.floor_store = stack.enter_context(stand_in(floor_answers(images)))
        self.floor = Floor(address(self.floor_store), images)
        self.settings = settings(self.store)
        self.requests = kinds.requests(images)
        self.floors = kinds.floors(self.floor)
        content = samples.picture(samples.SMALL)
        self.thumbless = lambda: self.floor.upload(content, None)


@contextlib.contextmanager
def bench():
    """Give a Bench, its stand-ins running."""
    with contextlib.ExitStack() as stack:
        yield Bench(stack)


def settings(store, **more):
    """Return the environment of a service that uses a stand-in."""
    values = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AUTH": "none"}
    return CREDENTIALS | values | {"AWS_ENDPOINT_URL": address(store)} | more


def in_process(parts, count, names=tuple(kinds.BLOCKS)):
    """Return the figures of the routes called in this process."""
    app, unchecked = create_app(parts.settings), known.app_of(parts.settings)
    figures = []
    for name in names:
        block = kinds.BLOCKS[name]
        request = parts.requests[name]
        cases = {
            "route": rounds.cpu(lambda request=request: request.to(app), block),
            "floor": rounds.cpu(parts.floors[name], block),
        }
        if name.startswith("upload"):
            cases["apart"] = rounds.cpu(lambda request=request: request.to(unchecked), block)
            cases["validation"] = rounds.cpu(validation(app, samples.SMALL), block)
            cases["thumbless"] = rounds.cpu(parts.thumbless, block)
        figures += against_floor(f"{name}{size_of(name)}, in process", cases, count)
    return figures


def large_in_process(parts, count):
    """Return the figures of uploads of 10 MB, against put_object of a file."""
    app, unchecked = create_app(parts.settings), known.app_of(parts.settings)
    figures, thumb = [], samples.thumb(samples.LARGE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "holiday.jpg"
        path.write_bytes(samples.picture(samples.LARGE))
        for name, make in (("multipart", samples.upload_form), ("JSON", samples.upload_json)):
            request = make(samples.LARGE)
            cases = {
                "route": rounds.cpu(lambda request=request: request.to(app), LARGE_BLOCK),
                "apart": rounds.cpu(lambda request=request: request.to(unchecked), LARGE_BLOCK),
                "floor": rounds.cpu(lambda: parts.floor.put(path, thumb), LARGE_BLOCK),
                "validation": rounds.cpu(validation(app, samples.LARGE), LARGE_BLOCK),
            }
            if name == "JSON":
                steps = partial(decode_and_put, request.body, parts.floor, path, thumb)
                cases["decoding"] = rounds.cpu(steps, LARGE_BLOCK)
            figures += against_floor(f"upload 10 MB as {name}, in process", cases, count)
    return figures


def decode_and_put(body, floor, path, thumb):
    """Do what every upload as JSON takes in Python: parse, decode base64, put file and thumb."""
    base64.b64decode(json.loads(body)["image_data"], validate=True)
    floor.put(path, thumb)


def validation(app, size):
    """Return a function that inspects a picture, as an upload does before it stores it."""
    inspector = app.extensions["image_service"].inspector
    content = samples.picture(size)
    content_type, walker = recognise(content[:64])
    file = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115
    file.write(content)
    return lambda: inspector.measure(file, len(content), content_type, walker, MOST_DECODE_MEMORY)


def against_floor(name, cases, count):
    """Return the figures of interleaved cases: the ratio, and the share of validation."""
    measured = rounds.interleaved(cases, count)
    floor = measured["floor"]
    route = measured["route"]
    facts = {"floor_ms": floor, "route_ms": route}
    if "validation" not in measured:
        return [Figure(name, rounds.ratios(route, floor), "× floor", facts)]
    checked, apart = measured["validation"], measured["apart"]
    others = [
        Figure(f"{name}, ÷ {OTHER_FLOORS[case]}", rounds.ratios(apart, one), "× that floor")
        for case, one in measured.items()
        if case in OTHER_FLOORS
    ]
    return [
        Figure(
            f"{name}, validation apart",
            rounds.ratios(apart, floor),
            "× floor",
            facts | {"apart_ms": apart},
        ),
        Figure(f"{name}, whole", rounds.ratios(route, floor), "× floor", facts),
        Figure(f"{name}, its validation", rounds.ratios(checked, floor), "× floor", facts),
        *others,
    ]


def as_deployed(parts, count):
    """Return the figures of the routes under gunicorn with its default number of workers."""
    return under_gunicorn(parts, count, "under gunicorn", kinds.DEPLOYED)


def one_worker(parts, count):
    """Return the figures of view and list with all connections on a single worker."""
    names = ("view", "list 20")
    return under_gunicorn(parts, count, "one gunicorn worker", names, WORKERS="1")


def under_gunicorn(parts, count, place, names, **more):
    """Return the figures of routes under gunicorn: the CPU time of its processes a request."""
    figures = []
    app = create_app(parts.settings)
    values = parts.settings | more
    with (
        processes.gunicorn(values) as server,
        processes.gunicorn(values, app="tests.bench.known:app") as unchecked,
    ):
        for name in names:
            request = parts.requests[name].bytes
            block = kinds.BLOCKS[name]
            cases = {
                "route": served(server, request, 2 * block),
                "floor": rounds.cpu(parts.floors[name], block),
            }
            if name.startswith("upload"):
                cases["apart"] = served(unchecked, request, 2 * block)
                cases["validation"] = rounds.cpu(validation(app, samples.SMALL), block)
            figures += against_floor(f"{name}{size_of(name)}, {place}", cases, count)
    return figures


def many_deletes(parts, count):
    """Return the CPU time of a batch that deletes 100 images / of 100 single deletes."""
    app = create_app(parts.settings)
    with processes.gunicorn(parts.settings) as server:
        batch, single = parts.requests["delete of 100"], parts.requests["delete"]
        cases = {
            "batch": rounds.cpu(lambda: batch.to(app), 1),
            "singles": rounds.cpu(lambda: single.to(app), kinds.MANY),
            "served batch": served(server, batch.bytes, 1),
            "served singles": served(server, single.bytes, kinds.MANY),
        }
        measured = rounds.interleaved(cases, count)
    return [
        against_singles("delete of 100, in process", measured["batch"], measured["singles"]),
        against_singles(
            "delete of 100, under gunicorn", measured["served batch"], measured["served singles"]
        ),
    ]


def against_singles(name, batch, single):
    """Return the figure of a batch / as many single requests. single: the seconds of one."""
    singles = [kinds.MANY * seconds for seconds in single]
    facts = {"batch_ms": batch, "singles_ms": singles}
    return Figure(f"{name}, ÷ 100 singles", rounds.ratios(batch, singles), "× singles", facts)


def served(server, request, count, connections=CONNECTIONS):
    """Return a case: the CPU seconds of a server's processes for one of so many requests."""

    def measure():
        before = server.cpu_seconds()
        load.send(server.port, [request], connections, count=count)
        return (server.cpu_seconds() - before) / count

    return measure


def size_of(name):
    """Return the size of the upload from the name of a figure."""
    return " 200 KB" if name.startswith("upload") else ""
