"""Thumbs that are made when they are asked for: CPU time against sharp, ipx and thumbor."""

import contextlib
import io
import itertools
import json
import os
import tempfile
from pathlib import Path

from service.app import new_store
from service.business.image_service import ImageService
from service.business.inspection import jpeg
from service.business.inspection.image_inspector import ImageInspector
from service.business.renditions import colours, originals, rendering, shrinking
from service.business.renditions.rendering import Renderer
from service.common import config
from service.models.renditions import SIZES, THUMB, fitted
from tests.bench import load, processes, rounds, samples
from tests.bench.peers import thumbs as makers
from tests.bench.photographs import photograph
from tests.bench.report import Figure
from tests.bench.ssim import full_ssim, ssim

SHARP_BLOCK = 6
HTTP_BLOCK = 4
# Sharp, ipx and thumbor decode fewer pixels than this service, so that their thumbs are worse.
AS_IT_IS = ", as it is"
IPX_PATH = "/f_webp,q_80,s_320x320,fit_inside/{}"
THUMBOR_PATH = "/unsafe/fit-in/320x320/filters:format(webp):quality(80)/{}"


def figures(count):
    """Return the figures of thumbs made of a file, and of thumbs asked for over HTTP."""
    content = photograph()
    with tempfile.TemporaryDirectory() as folder:
        return [*of_a_file(count, Path(folder), content), *over_http(count, Path(folder), content)]


def of_a_file(count, folder, content):
    """Return our CPU time for a thumb of a JPEG / sharp's, and how like the original they are."""
    path, file = folder / "photo.jpg", io.BytesIO(content)
    path.write_bytes(content)
    thumbs = {"sharp": folder / "detailed.webp", "sharp" + AS_IT_IS: folder / "fast.webp"}

    def whole():
        return originals.render(file, THUMB, Renderer()).rendition

    cases = {"ours": rounds.cpu(picture_alone(content), SHARP_BLOCK)}
    cases["ours, whole"] = rounds.cpu(whole, SHARP_BLOCK)
    with contextlib.ExitStack() as stack:
        for name, output in thumbs.items():
            cost = stack.enter_context(makers.sharp(path, output))
            if cost:
                cases[name] = lambda cost=cost: cost(SHARP_BLOCK)
        measured = rounds.interleaved(cases, count)
    ours = whole()
    likeness = ssim(ours.content, content)
    full = full_ssim(content, (ours.width, ours.height))
    made = {name: output.read_bytes() for name, output in thumbs.items() if name in cases}
    return [
        Figure("SSIM of our thumb ÷ a full decoding's", [likeness / full], "SSIM"),
        Figure("SSIM, our thumb", [likeness], "SSIM"),
        *compared("thumb", thumbs, measured, made, content),
        Figure(
            "thumb with walk, colour and hash ÷ thumb alone",
            rounds.ratios(measured["ours, whole"], measured["ours"]),
            "× thumb",
        ),
    ]


def picture_alone(content):
    """Return a function that does for a thumb what sharp does: it decodes, shrinks and writes.

    What this service does beside it: it walks the file's structure, tells colour and thumbhash.
    """
    data = memoryview(content)
    header = jpeg.read(data)
    size = fitted(*header.displayed, SIZES[THUMB])

    def make():
        picture = jpeg.picture(None, data, header, rendering.detail(THUMB))
        rendering.written(colours.to_srgb(shrinking.shrunk(picture, size), None))

    return make


def over_http(count, folder, content):
    """Return our CPU time for a thumb that has to be made, asked for and loaded / others'."""
    total = HTTP_BLOCK * (count + 1)
    photos = linked(folder / "photos", total, content)
    views = [samples.view(one, THUMB) for one in without_thumbs(folder / "store", total, content)]
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        ours = enter(processes.gunicorn({"DATA_DIR": str(folder / "store")}))
        servers = {
            "ipx": (enter(makers.ipx_server(folder / "photos")), IPX_PATH),
            "thumbor": (
                enter(makers.thumbor_server(folder / "photos", detailed=True)),
                THUMBOR_PATH,
            ),
            "thumbor" + AS_IT_IS: (
                enter(makers.thumbor_server(folder / "photos", detailed=False)),
                THUMBOR_PATH,
            ),
        }
        cases = {"ours": Loading(ours, views, view_and_load)}
        for name, (server, path) in servers.items():
            requests = [samples.Sent("GET", path.format(photo)) for photo in photos]
            cases |= {name: Loading(server, requests)} if server else {}
        measured = rounds.interleaved(cases, count)
    made = {name: case.thumb for name, case in cases.items()}
    return compared("cold thumb over HTTP", servers, measured, made, content)


class Loading:
    """A case: the CPU seconds of a server for each thumb, of which none is asked for twice."""

    def __init__(self, server, requests, fetch=load.Connection.exchange):
        self.server = server
        self.requests = iter(requests)
        self.fetch = fetch
        self.thumb = None

    def __call__(self):
        before = self.server.cpu_seconds()
        # One after another: beside each other, two of our workers would slow each other down, and
        # thumbor has only one.
        with contextlib.closing(load.Connection(self.server.port)) as connection:
            for request in itertools.islice(self.requests, HTTP_BLOCK):
                self.thumb = self.fetch(connection, request.bytes)
        return (self.server.cpu_seconds() - before) / HTTP_BLOCK


def view_and_load(connection, request):
    """Send a view of a rendition, then load it from its URL; return its bytes."""
    url = json.loads(connection.exchange(request))["url"]
    return connection.exchange(samples.load_from(url).bytes)


def compared(what, names, measured, made, content):
    """Return our figure against each of others, and the SSIM of their thumbs to the original.

    Without samples for those that were not measured.
    """
    found = []
    for name in names:
        there = name in measured
        ratios = rounds.ratios(measured["ours"], measured[name]) if there else []
        facts = {"ours_ms": measured["ours"], "other_ms": measured[name]} if there else {}
        found.append(Figure(f"{what} ÷ {name}", ratios, f"× {name}", facts))
        likeness = [ssim(made[name], content)] if there else []
        found.append(Figure(f"SSIM, {name}", likeness, "SSIM"))
    return found


def linked(folder, count, content):
    """Write a file under as many names; return the names."""
    folder.mkdir()
    names = [f"photo-{number}.jpg" for number in range(count)]
    (folder / names[0]).write_bytes(content)
    for name in names[1:]:
        os.link(folder / names[0], folder / name)
    return names


class NoThumbs:
    """A renderer that makes nothing: images get no thumb when they are uploaded."""

    def render(self, _picture, _header, _name):
        """Fail."""
        raise ValueError("no thumb is wanted")


def without_thumbs(folder, count, content):
    """Store an image as often; return the ids of the images, which have no thumb."""
    settings = config.load({"DATA_DIR": str(folder)})
    store = new_store(settings)
    store.prepare(print).close()
    inspector = ImageInspector(settings.max_image_pixels, NoThumbs())
    service = ImageService(
        store.images, store.objects, inspector, grace_seconds=settings.grace_seconds
    )
    fields = samples.FIELDS | {"tags": samples.TAGS}
    return [service.upload(io.BytesIO(content), fields).image_id for _ in range(count)]
