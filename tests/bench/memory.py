"""The peak memory of concurrent uploads of 10 MB."""

from tests.bench import load, processes, samples
from tests.bench.report import Figure

TOGETHER = 8


def figures(parts, count):
    """Return how much each of eight uploads adds to a worker's peak, in sizes of the image."""
    return [
        Figure(f"memory per 10 MB upload, {name}", growths(parts, request, count), "× image")
        for name, request in (
            ("multipart", samples.upload_form(samples.LARGE)),
            ("JSON", samples.upload_json(samples.LARGE)),
        )
    ]


def growths(parts, request, count):
    """Return the growth per upload of `count` new servers."""
    return [growth(parts.settings, request, parts.requests["upload"]) for _ in range(count)]


def growth(settings, request, small_request):
    """Return the growth of a fresh server's peak for each concurrent upload, in image sizes."""
    with processes.gunicorn(settings | {"WORKERS": "1"}) as server:
        # The first uploads import modules, which must not count as memory of an upload.
        load.send(server.port, [small_request.bytes], TOGETHER, count=2 * TOGETHER)
        before = server.memory("VmRSS")
        load.send(server.port, [request.bytes], TOGETHER, count=TOGETHER)
        grown = server.memory("VmHWM") - before
    return grown / TOGETHER / len(samples.picture(samples.LARGE))
