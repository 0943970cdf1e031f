"""Pictures as phones take them: drawn at random, with a camera's detail and noise. Kept on disk.

They are drawn because the repository holds no photographs: shapes with soft edges, texture that is
weaker the finer it is, as in nature, and the noise of a sensor. The tests' pictures of noise alone
would make every thumb and every decoding dearer than those of a photograph.
"""

import functools
import hashlib
import io
import itertools
import random
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tests.bench.processes import ROOT

FOLDER = ROOT / ".tools/bench/photographs"
PHONE = (4000, 3000)
FORTY_EIGHT = (8000, 6000)
SHAPES = 100
# How strongly the noise of each doubling of the size counts, of 256 shades, coarse to fine.
TEXTURE = (60, 54, 48, 42, 38, 34, 30, 24, 16)
GRAIN = 40


def photograph(number=0, size=PHONE, *, quality=92, progressive=False):
    """Return the bytes of a JPEG; the same in every run. Others for other numbers."""
    name = "-".join(map(str, (recipe(), number, *size, quality, progressive)))
    path = FOLDER / f"{name}.jpg"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        options = {"quality": quality, "subsampling": "4:2:0", "progressive": progressive}
        drawn(number, size).save(file, "JPEG", **options)
        path.write_bytes(file.getvalue())
    return path.read_bytes()


def drawn(number, size):
    """Return a picture; one of 48 Mpx is one of 12 Mpx four times."""
    if size == FORTY_EIGHT:
        picture, whole = drawn(number, PHONE), Image.new("RGB", size)
        for corner in itertools.product((0, PHONE[0]), (0, PHONE[1])):
            whole.paste(picture, corner)
        return whole
    chance = random.Random(number)
    picture = shapes(chance, (size[0] // 4, size[1] // 4)).resize(size, Image.Resampling.BICUBIC)
    # A photograph has calm parts and lively ones, and some photographs have more of them.
    liveliness = chance.uniform(0.5, 1.2)
    texture = textured(chance, size, liveliness)
    picture = ImageChops.add(picture, Image.merge("RGB", [texture] * 3), 1, -128)
    grains = [weaker(noise(chance, size), GRAIN) for _ in range(3)]
    return ImageChops.add(picture, Image.merge("RGB", grains), 1, -128)


def shapes(chance, size):
    """Return a picture of a sky over coloured shapes of many sizes."""
    picture = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", [weaker(picture, chance.randint(60, 200)) for _ in range(3)])
    draw = ImageDraw.Draw(picture)
    for count in range(SHAPES):
        radius = max(size) / 4 / (1 + count / 8)
        x, y = chance.uniform(0, size[0]), chance.uniform(size[1] / 4, size[1])
        colour = tuple(chance.randint(20, 235) for _ in range(3))
        corners = [
            (x + chance.uniform(-radius, radius), y + chance.uniform(-radius, radius))
            for _ in range(chance.randint(3, 8))
        ]
        draw.polygon(corners, fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(1))


def textured(chance, size, liveliness):
    """Return shades around 128: noise of every fineness."""
    width, height = size
    picture = Image.new("L", (width >> len(TEXTURE), height >> len(TEXTURE)), 128)
    for number, strength in enumerate(TEXTURE):
        step = len(TEXTURE) - 1 - number
        here = max(1, width >> step), max(1, height >> step)
        shades = weaker(noise(chance, here), strength * liveliness)
        picture = picture.resize(here, Image.Resampling.BICUBIC)
        picture = ImageChops.add(picture, shades, 1, -128)
    return picture


def noise(chance, size):
    """Return shades of chance around 128, a little blurred, as by a lens."""
    picture = Image.frombytes("L", size, chance.randbytes(size[0] * size[1]))
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def weaker(picture, strength):
    """Return shades around 128 that lie within the strength, of 256 shades."""
    return picture.point([round(128 + (shade - 128) * strength / 256) for shade in range(256)])


@functools.cache
def recipe():
    """Return a short name of this recipe, so that pictures of an older one are not used."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
