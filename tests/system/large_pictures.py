"""Pictures of a given number of bytes."""

import io
import random

from PIL import Image

from tests.support import pictures

SIDE = 3200
MOST_COMMENT = 60_000


def jpeg_of(size):
    """Return a JPEG of exactly `size` bytes, 10 MB or slightly more: noise and comments."""
    noise = Image.frombytes("L", (SIDE, SIDE), random.Random(1).randbytes(SIDE * SIDE))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=95)
    picture = file.getvalue()
    comments = b""
    left = size - len(picture)
    while left:
        length = left if left <= MOST_COMMENT else MOST_COMMENT // 2
        comments += pictures.segment(0xFE, bytes(length - 4))
        left -= length
    return picture[:2] + comments + picture[2:]
