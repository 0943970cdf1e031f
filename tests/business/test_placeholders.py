"""The mean colour and the ThumbHash of thumbs."""

import base64
import random

from PIL import Image

from service.business.renditions.placeholders import placeholders


def test_it_works():
    picture = Image.new("RGB", (320, 240), (200, 60, 60))
    picture.paste((0, 60, 60), (0, 0, 160, 240))

    color, thumbhash = placeholders(picture)

    assert color == "#643c3c"
    assert len(base64.b64decode(thumbhash)) in range(16, 26)


def test_the_hash_is_that_of_other_programs():
    """Computed with the package thumbhash 0.1.2."""
    noise = Image.frombytes("RGB", (32, 24), random.Random(7).randbytes(32 * 24 * 3))
    noise.paste((200, 30, 40), (3, 3, 20, 10))

    _color, thumbhash = placeholders(noise)

    assert base64.b64decode(thumbhash).hex() == "5e38061586749ba970ab898977c73a7b3f9bf8f03c"


def test_colours_count_by_their_opacity():
    picture = Image.new("RGBA", (10, 10), (0, 255, 0, 0))
    picture.paste((200, 60, 60, 255), (0, 0, 5, 10))

    color, thumbhash = placeholders(picture)

    assert color == "#c83c3c"
    assert base64.b64decode(thumbhash)[2] & 0x80


def test_what_nobody_sees_has_no_colour():
    color, thumbhash = placeholders(Image.new("RGBA", (10, 10), (0, 255, 0, 0)))

    assert color is None
    assert thumbhash


def test_a_single_pixel_is_enough():
    assert placeholders(Image.new("RGB", (1, 1), (1, 2, 3)))[0] == "#010203"
