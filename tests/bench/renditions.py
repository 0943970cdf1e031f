"""What thumbs add: to the check of an upload, to its memory, and how little a page of them is."""

import concurrent.futures
import hashlib
import io
import json
import os
import tempfile

from service.app import create_app
from service.business.inspection import decoders, jpeg
from service.business.inspection.image_inspector import ImageInspector, contents
from service.running.gunicorn_settings import limit_heaps
from tests.bench import rounds, samples
from tests.bench.load import FRESH
from tests.bench.photographs import FORTY_EIGHT, PHONE, photograph
from tests.bench.processes import forget_peak, memory_of
from tests.bench.report import Figure

MOST_PIXELS = 100_000_000
BLOCK = 3
PAGE = 20


def figures(count):
    """Return all figures of this file."""
    return [*checks(count), *growths(), page_bytes()]


def checks(count):
    """Return the CPU time of an upload's check with its thumb / that of a check without one."""
    found = []
    for name, progressive in (("", False), (", progressive", True)):
        file = stored(photograph(progressive=progressive))
        inspector = ImageInspector(MOST_PIXELS)
        cases = {
            "route": rounds.cpu(lambda: inspector.inspect(file), BLOCK),  # noqa: B023
            "floor": rounds.cpu(lambda: check(file), BLOCK),  # noqa: B023
        }
        measured = rounds.interleaved(cases, count)
        found.append(
            Figure(
                f"check and thumb of a 12 Mpx JPEG{name}",
                rounds.ratios(measured["route"], measured["floor"]),
                "× check",
                {"floor_ms": measured["floor"], "route_ms": measured["route"]},
            )
        )
    return found


def check(file):
    """Check a JPEG as uploads were checked before they had thumbs.

    Walk its structure, decode its light at an eighth of its size, calculate its SHA-256.
    """
    data = contents(file, file.seek(0, 2))
    layout = jpeg.read(data).layout
    pieces = [data[start:end] for start, end in layout.pieces]
    with decoders.opened("image/jpeg", decoders.Pieces(pieces)) as image:
        image.draft("L", (1, 1))
        image.load()
    file.seek(0)
    hashlib.file_digest(file, "sha256")


def stored(content):
    """Return a file on disk, as large uploads are kept."""
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(content)
    return file


def growths():
    """Return how much inspecting a JPEG adds to the peak memory of a process that has done it."""
    found = []
    for name, size in (("12 Mpx", PHONE), ("48 Mpx", FORTY_EIGHT)):
        photograph(size=size)
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=FRESH) as pool:
            grown = pool.submit(growth, size).result()
        found.append(Figure(f"memory of check and thumb, {name} JPEG", [grown / 1e6], "MB"))
    return found


def growth(size):
    """Return the bytes by which the peak of this process grows, beside the file itself."""
    limit_heaps()
    inspector = ImageInspector(MOST_PIXELS)
    inspector.inspect(io.BytesIO(samples.picture(samples.SMALL)))
    file = io.BytesIO(photograph(size=size))
    own = os.getpid()
    forget_peak(own)
    before = memory_of(own, "VmRSS")
    inspector.inspect(file)
    return memory_of(own, "VmHWM") - before


def page_bytes():
    """Return the bytes that a browser loads for a list of 20 photographs and their thumbs."""
    originals = 0
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"DATA_DIR": folder})
        for number in range(PAGE):
            content = photograph(number)
            samples.upload_of(content).to(app)
            originals += len(content)
        body = samples.page().to(app)
        loaded = len(body)
        for image in json.loads(body)["images"]:
            loaded += len(samples.load_from(image["renditions"]["thumb"]["url"]).to(app))
    unit = f"MB (the originals: {originals / 1e6:.0f})"
    return Figure("a page of 20 photographs, with thumbs", [loaded / 1e6], unit)
