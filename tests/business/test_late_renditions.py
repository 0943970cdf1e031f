"""Renditions of stored originals: in this process, or in a child with limits."""

import io
import os
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from service.business.inspection.image_inspector import heic_enabled
from service.business.renditions import child_process
from service.business.renditions.late_renditions import LateRenditions
from service.common import deadlines
from service.common.errors import RenditionImpossible, ServiceBusy
from service.models.renditions import LARGE, THUMB
from tests.support import pictures
from tests.support.hostile_classes import BOMBS


@pytest.fixture
def late():
    return LateRenditions(decode_seconds=0.01)


def made(late, data, name=THUMB):
    """Return (the WebP decoded, color, thumbhash) of a rendition."""
    rendered = late.make(io.BytesIO(data), name)
    picture = Image.open(io.BytesIO(rendered.rendition.content))
    picture.load()
    assert picture.size == (rendered.rendition.width, rendered.rendition.height)
    return picture, rendered.color, rendered.thumbhash


@pytest.mark.parametrize("name", pictures.SAMPLES)
def test_it_works(late, name):
    picture, color, thumbhash = made(late, pictures.sample(name))

    assert picture.size == ((1, 300) if "narrow" in name else (64, 48))
    assert color.startswith("#")
    assert thumbhash


@pytest.mark.parametrize("make", [pictures.jpeg, pictures.png, pictures.webp, pictures.tiff])
def test_large_ones_fit_and_have_no_placeholders(late, make):
    picture, color, thumbhash = made(late, make(2000, 1000), LARGE)

    assert (picture.size, color, thumbhash) == ((1600, 800), None, None)


def test_large_ones_keep_details(late):
    stripes = Image.new("RGB", (3200, 1600), "white")
    for x in range(0, 3200, 16):
        stripes.paste("black", (x, 0, x + 8, 1600))
    file = io.BytesIO()
    stripes.save(file, "JPEG", quality=90)

    row = made(late, file.getvalue(), LARGE)[0].convert("L").crop((0, 400, 1600, 401))

    assert row.getextrema()[0] < 20
    assert row.getextrema()[1] > 235


@pytest.mark.parametrize("orientation", range(1, 9))
def test_avif_is_turned_as_shown(late, orientation):
    picture = Image.new("RGB", (80, 60), "blue")
    picture.paste("red", (0, 0, 40, 30))
    back = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]
    exif = Image.Exif()
    exif[pictures.ORIENTATION] = orientation
    file = io.BytesIO()
    stored = picture if back is None else picture.transpose(back)
    stored.save(file, "AVIF", exif=exif, speed=10, quality=95)

    shown, _color, _thumbhash = made(late, file.getvalue())

    assert shown.size == (80, 60)
    assert shown.getpixel((10, 10))[0] > 200
    assert [shown.getpixel(at)[0] < 50 for at in ((70, 10), (10, 50), (70, 50))] == [True] * 3


def test_files_of_every_kind_are_rewound(late, tmp_path):
    path = tmp_path / "image"
    path.write_bytes(pictures.avif())

    with path.open("rb") as real:
        rendered = late.make(real, THUMB)

        assert real.read() == pictures.avif()
    assert rendered.rendition.width == 64


def test_the_current_folder_does_not_matter(late, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit(9)")

    assert made(late, pictures.avif())[0].size == (64, 48)


def refused(late, data, name=THUMB):
    """Return the error of a rendition that cannot be made."""
    with pytest.raises(RenditionImpossible) as refusal:
        late.make(io.BytesIO(data), name)
    return refusal.value


def lying_avif(width=1000, height=800):
    """Return an AVIF whose boxes declare 100 x 100 pixels; its picture has more."""
    sample = pictures.avif(width, height)
    at = sample.index(b"ispe") + 8
    return sample[:at] + (100).to_bytes(4, "big") * 2 + sample[at + 8 :]


def test_an_avif_that_lies_gets_the_size_it_declares(late):
    assert made(late, lying_avif())[0].size == (100, 100)


# What no upload decodes. The slow ones end at the limit of CPU time.
HOSTILE = ["avif", "tiff tile", "webp codes", "webp too large to decode"]


@pytest.mark.parametrize("name", HOSTILE)
def test_bombs_are_refused_in_the_child(late, name):
    assert refused(late, BOMBS[name]()).lasting


@pytest.mark.parametrize("data", [
    b"hello, I am a picture",
    pictures.avif()[:300],
    pictures.jpeg()[:300],
    pictures.avif().replace(b"av01", b"av99"),
])  # fmt: skip
def test_what_is_no_image_is_refused(late, data):
    assert refused(late, data).status == 422


@pytest.mark.skipif(heic_enabled(), reason="pillow-heif is installed")
def test_heic_without_its_decoder_may_come_later(late):
    error = refused(late, pictures.avif().replace(b"avif", b"heic"))

    assert not error.lasting
    assert "pillow-heif" in error.detail


@pytest.mark.parametrize(("code", "lasting"), [
    (-signal.SIGXCPU, True),
    (-signal.SIGSEGV, True),
    (-signal.SIGABRT, True),
    (-signal.SIGKILL, False),
    (1, False),
])  # fmt: skip
def test_how_a_child_ended_tells_whether_it_stays_so(code, lasting):
    error = child_process.failure(code)

    assert error.lasting == lasting
    assert "this image" in error.detail


def limited(code):
    """Return the return code of a child that takes its limits and then runs some code."""
    start = "from service.business.renditions import child; child.limit(); "
    command = [sys.executable, "-c", start + code]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode


def test_a_child_cannot_take_more_memory():
    # Python ends with 1 after a MemoryError.
    assert limited("bytearray(300 << 20)") == 0
    assert limited("bytearray(700 << 20)") == 1


def test_a_child_that_computes_without_end_is_ended():
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (0, 1))\nwhile True: pass"

    assert limited(code) in (-signal.SIGXCPU, -signal.SIGKILL)


def test_the_deadline_of_a_request_ends_the_child(late):
    deadlines.start(deadlines.REQUEST_SECONDS)
    deadlines.start(child_process.ANSWER_SECONDS + 0.02)
    try:
        with pytest.raises(ServiceBusy):
            late.make(io.BytesIO(pictures.avif()), THUMB)
    finally:
        deadlines.stop()

    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_child_that_has_computed_for_long_would_not_do_better():
    spent = child_process.cpu_seconds(os.getpid())

    assert 0 <= time.process_time() - spent < 1
    assert child_process.cpu_seconds(2**30) == 0


def test_a_child_ends_with_its_parent():
    read, write = os.pipe()
    code = f"""
import os, subprocess, sys
from service.business.renditions import child
child_code = "from service.business.renditions import child; import os, sys, time; "
child_code += "child.stay_with(int(sys.argv[1])); print(flush=True); sys.stdin.read()"
one = subprocess.Popen([sys.executable, "-c", child_code, str(os.getpid())],
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[{write}])
one.stdout.readline()
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code], pass_fds=[write], check=False)
    os.close(write)

    # The pipe ends when nobody has its other end any more.
    assert os.read(read, 1) == b""
    os.close(read)


def test_one_is_made_at_a_time(late):
    with late.turn, pytest.raises(ServiceBusy):
        late.make(io.BytesIO(pictures.jpeg()), THUMB)
    with late.child_turn, pytest.raises(ServiceBusy):
        late.make(io.BytesIO(pictures.avif()), THUMB)
