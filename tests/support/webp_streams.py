"""Lossless WebP streams, put together bit by bit (RFC 9649, section 3)."""

import random
import struct

from tests.support import pictures


def bits(value, count):
    """Return a number as text of 0 and 1, the lowest bit first."""
    return format(value, f"0{count}b")[::-1] if count else ""


def code(lengths, symbols):
    """Return a code for so many symbols, from {symbol: bits}."""
    # The code for lengths has 4 bits for each of 0 to 15: 17 and 18 come first, 16 is number 9.
    start = "0" + bits(15, 4) + bits(0, 3) * 2 + bits(4, 3) * 6 + bits(0, 3) + bits(4, 3) * 10
    return start + "0" + "".join(format(lengths.get(n, 0), "04b") for n in range(symbols))


# Codes of one symbol, which takes no bits, and of 256 symbols with 8 bits each.
NONE, NEXT = "1000", "1001"
EIGHT = code(dict.fromkeys(range(256), 8), 256)
EIGHT_OF_GREEN = code(dict.fromkeys(range(256), 8), 280)
NO_TRANSFORMS, NO_CACHE, ONE_GROUP = "0", "0", "0"


def cache(places):
    """Return the bits of a colour cache of 2 ** places colours."""
    return "1" + bits(places, 4)


def packed(stream):
    """Return the bytes of a stream, and zeros behind them."""
    return int(stream[::-1], 2).to_bytes(len(stream) // 16 * 2 + 64, "little")


def entropy_image(numbers, blocks=2):
    """Return the bits of an entropy image, for blocks of 2 ** 2 pixels a side or larger ones."""
    image = NO_CACHE + EIGHT_OF_GREEN + EIGHT + NONE * 3
    pixels = [bits_of_number(number) for number in numbers]
    return "1" + bits(blocks - 2, 3) + image + "".join(pixels)


def bits_of_number(number):
    """Return the codes of a number in green (the lower half) and red."""
    return format(number & 255, "08b") + format(number >> 8, "08b")


def codes_stream(groups=65_536):
    """Return the stream of 1024 x 1024 pixels with so many groups of codes for 4 x 4 of them."""
    numbers = entropy_image(block % groups for block in range(65_536))
    return NO_TRANSFORMS + NO_CACHE + numbers + NONE * 5 * groups


def riff(*chunks):
    """Return a WebP of (kind, contents)."""
    body = b"WEBP" + b"".join(riff_chunk(*chunk) for chunk in chunks)
    return b"RIFF" + struct.pack("<L", len(body)) + body


def riff_chunk(kind, contents):
    """Return a chunk, padded to an even length."""
    return kind + struct.pack("<L", len(contents)) + contents + bytes(len(contents) % 2)


def lossless(stream, width, height):
    """Return the contents of a lossless picture."""
    return packed(bits(0x2F, 8) + bits(width - 1, 14) + bits(height - 1, 14) + "0000" + stream)


def extended(marks, width, height):
    """Return the chunk of an extended header."""
    sizes = struct.pack("<LL", width - 1, height - 1)
    return b"VP8X", bytes([marks, 0, 0, 0]) + sizes[:3] + sizes[4:7]


def codes(groups=65_536):
    """Return a WebP with very many codes."""
    return riff((b"VP8L", lossless(codes_stream(groups), 1024, 1024)))


def codes_in_a_frame(before=b""):
    """Return an animated WebP with very many codes, perhaps behind a frame without a picture."""
    head = bytes(6) + struct.pack("<L", 1023)[:3] * 2 + bytes(4)
    frame = head + riff_chunk(b"VP8L", lossless(codes_stream(), 1024, 1024))
    empty = [(b"ANMF", head + riff_chunk(before, b""))] if before else []
    start = [extended(2, 1024, 1024), (b"ANIM", bytes(6)), *empty]
    return riff(*start, (b"ANMF", frame))


def codes_of_transparency():
    """Return a lossy WebP whose transparency has very many codes."""
    lossy = pictures.webp(1024, 1024, method=0)[20:]
    alpha = b"\1" + packed(codes_stream())
    return riff(extended(16, 1024, 1024), (b"ALPH", alpha), (b"VP8 ", lossy))


def small_image(pixels=316):
    """Return a WebP with a predictor image of noise, which is as large as the service reads."""
    noise = bits(random.Random(1).getrandbits(32 * pixels**2), 32 * pixels**2)
    predictors = "100000" + NO_CACHE + EIGHT_OF_GREEN + EIGHT * 3 + NONE + noise
    stream = predictors + NO_TRANSFORMS + NO_CACHE + ONE_GROUP + NONE * 5
    return riff((b"VP8L", lossless(stream, 4 * pixels, 4 * pixels)))
