"""The routes on S3 and DynamoDB, in this process and under gunicorn, against bare boto3."""

import contextlib
import tempfile
from pathlib import Path

from service.app import create_app
from service.business.inspection.image_inspector import recognise
from service.models.image import SPOOL_BYTES
from tests.bench import known, load, processes, rounds, samples
from tests.bench.floors import Floor
from tests.bench.processes import CREDENTIALS
from tests.bench.report import Figure
from tests.bench.stand_in import address, floor_answers, service_answers, stand_in

CONNECTIONS = 8
# Requests a block, in process and under gunicorn: about a quarter of a second each.
SMALL_BLOCK = {"view": 150, "list 20": 100, "upload": 12, "upload as JSON": 12, "delete": 60}
LARGE_BLOCK = 2


class Bench:
    """One stand-in for the service, one for the floor, and the requests to send."""

    def __init__(self, stack):
        self.images = images = [samples.record(number) for number in range(30, 0, -1)]
        self.store = stack.enter_context(stand_in(service_answers(images)))
        self.floor_store = stack.enter_context(stand_in(floor_answers(images)))
        self.floor = Floor(address(self.floor_store), images[0])
        self.settings = settings(self.store)
        image_id = images[0].image_id
        self.requests = {
            "view": samples.view(image_id),
            "list 20": samples.page(),
            "upload": samples.upload_form(samples.SMALL),
            "upload as JSON": samples.upload_json(samples.SMALL),
            "delete": samples.delete(image_id),
        }
        content, thumb = samples.picture(samples.SMALL), samples.thumb(samples.SMALL)
        self.floors = {
            "view": self.floor.view,
            "list 20": self.floor.page,
            "upload": lambda: self.floor.upload(content, thumb),
            "upload as JSON": lambda: self.floor.upload(content, thumb),
            "delete": self.floor.delete,
        }
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


def in_process(parts, count, names=tuple(SMALL_BLOCK)):
    """Return the figures of the routes called in this process."""
    app, unchecked = create_app(parts.settings), known.app_of(parts.settings)
    figures = []
    for name in names:
        block = SMALL_BLOCK[name]
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
            figures += against_floor(f"upload 10 MB as {name}, in process", cases, count)
    return figures


def validation(app, size):
    """Return a function that inspects a picture, as an upload does before it stores it."""
    inspector = app.extensions["image_service"].inspector
    content = samples.picture(size)
    content_type, walker = recognise(content[:64])
    file = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115
    file.write(content)
    return lambda: inspector.measure(file, len(content), content_type, walker)


def against_floor(name, cases, count):
    """Return the figures of interleaved cases: the ratio, and the share of validation."""
    measured = rounds.interleaved(cases, count)
    floor = measured["floor"]
    route = measured["route"]
    facts = {"floor_ms": floor, "route_ms": route}
    if "validation" not in measured:
        return [Figure(name, rounds.ratios(route, floor), "× floor", facts)]
    checked, apart = measured["validation"], measured["apart"]
    # As in versions without thumbs, whose floor put the image alone.
    earlier = [
        Figure(f"{name}, ÷ floor without thumb", rounds.ratios(apart, one), "× that floor")
        for case, one in measured.items()
        if case == "thumbless"
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
        *earlier,
    ]


def as_deployed(parts, count):
    """Return the figures of the routes under gunicorn with its default number of workers."""
    return under_gunicorn(parts, count, "under gunicorn", tuple(SMALL_BLOCK))


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
            block = SMALL_BLOCK[name]
            cases = {
                "route": served(server, request, 2 * block),
                "floor": rounds.cpu(parts.floors[name], block),
            }
            if name.startswith("upload"):
                cases["apart"] = served(unchecked, request, 2 * block)
                cases["validation"] = rounds.cpu(validation(app, samples.SMALL), block)
            figures += against_floor(f"{name}{size_of(name)}, {place}", cases, count)
    return figures


def served(server, request, count):
    """Return a case: the CPU seconds of a server's processes for one of so many requests."""

    def measure():
        before = server.cpu_seconds()
        load.send(server.port, [request], CONNECTIONS, count=count)
        return (server.cpu_seconds() - before) / count

    return measure


def size_of(name):
    """Return the size of the upload from the name of a figure."""
    return " 200 KB" if name.startswith("upload") else ""
