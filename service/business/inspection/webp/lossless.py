"""How much memory the prefix codes of a lossless WebP take (RFC 9649, section 3).

The decoder builds tables for each group of five codes, and an image in the stream, the entropy
image, says how many groups there are. Before it come other small images, which are only skipped.
What is refused here is what the decoder refuses too. It also checks what is not looked at here.
"""

import math

from service.business.inspection.header import require
from service.business.inspection.webp.bit_reader import ENOUGH, BitReader
from service.business.inspection.webp.prefix_codes import read_code

# Of all small images together. Encoders write fewer in the largest picture that is decoded.
MOST_PIXELS = 100_000
PREDICTOR, COLOUR, GREEN, PALETTE = range(4)
# Symbols of green: values, then lengths of repetitions, then places of the colour cache.
VALUES, LENGTHS, DISTANCES = 256, 24, 40
MOST_CACHE_BITS = 11
# The most that libwebp allocates for a group of codes: tables with 4 bytes for each of up to 2,956
# entries and one more for each place of the colour cache. It builds only the groups in use if the
# highest number is over 1,000 or over the number of pixels.
GROUP_BYTES = 12_400
CACHE_BYTES = 4
MOST_NUMBERS = 1_000


class TooMuchToRead(Exception):
    """The small images have more pixels than encoders write."""


def code_memory(stream, width, height):
    """Return the most bytes that the codes of a stream take, or infinity if they are not read.

    The stream begins behind the header of a lossless picture. Raises UnreadableImage.
    """
    try:
        return Stream(stream).code_memory(width, height)
    except TooMuchToRead:
        return math.inf


class Stream:
    """A stream, which is read up to the entropy image."""

    def __init__(self, data):
        self.bits = BitReader(data)
        self.pixels = 0

    def code_memory(self, width, height):
        """Return the most bytes that the codes take."""
        width = self.skip_transforms(width, height)
        cache = self.cache_bits()
        groups = self.count_groups(width, height) if self.bits.take(1) else 1
        require(not self.bits.overrun, "a lossless stream is cut short")
        return groups * (GROUP_BYTES + (CACHE_BYTES << cache))

    def skip_transforms(self, width, height):
        """Skip the transforms (3.5); return the width in packed pixels of what follows."""
        seen = set()
        while self.bits.take(1):
            kind = self.bits.take(2)
            require(kind not in seen, "a transform comes twice")
            seen.add(kind)
            if kind in (PREDICTOR, COLOUR):
                self.small_image(width, height, 2 + self.bits.take(3))
            elif kind == PALETTE:
                colours = 1 + self.bits.take(8)
                self.small_image(colours, 1, 0)
                width = reduced(width, sum(colours <= most for most in (2, 4, 16)))
        return width

    def cache_bits(self):
        """Return how many bits number the places of the colour cache (3.6.2.3), 0 without one."""
        if not self.bits.take(1):
            return 0
        count = self.bits.take(4)
        require(1 <= count <= MOST_CACHE_BITS, "no such colour cache")
        return count

    def count_groups(self, width, height):
        """Return how many groups of codes the entropy image names at most (3.7.2.2)."""
        numbers = self.small_image(width, height, 2 + self.bits.take(3))
        groups = 1 + max(numbers)
        return len(numbers) if groups > min(MOST_NUMBERS, width * height) else groups

    def small_image(self, width, height, bits):
        """Read an image with a pixel for each block of 2 ** bits by 2 ** bits pixels."""
        pixels = reduced(width, bits) * reduced(height, bits)
        self.pixels += pixels
        if self.pixels > MOST_PIXELS:
            raise TooMuchToRead
        cache = self.cache_bits()
        green = VALUES + LENGTHS + (1 << cache if cache else 0)
        codes = [read_code(self.bits, size) for size in (green, VALUES, VALUES, VALUES, DISTANCES)]
        numbers = self.numbers(pixels, *codes)
        require(not self.bits.overrun, "a lossless stream is cut short")
        return numbers

    def numbers(self, pixels, green, red, blue, alpha, distance):
        """Return the set of all numbers in red and green of an image (3.7.2.3), and 0.

        Repetitions and places of the colour cache (empty: 0) add no numbers to those before.
        """
        # All in one loop: calls would double the time.
        numbers, bits, value = {0}, self.bits, self.bits.value
        others = [code for code in (blue, alpha) if code.mask]
        while pixels > 0:
            pixels -= 1
            if value < ENOUGH:
                bits.value = value
                bits.fetch()
                value = bits.value
            symbol, length = green.table[value & green.mask]
            value >>= length
            if symbol < VALUES:
                high, length = red.table[value & red.mask]
                value >>= length
                numbers.add(high << 8 | symbol)
                for code in others:
                    value >>= code.table[value & code.mask][1]
            elif symbol < VALUES + LENGTHS:
                bits.value = value
                pixels -= self.extended(symbol - VALUES)
                self.extended(distance.read(bits))
                value = bits.value
        bits.value = value
        return numbers

    def extended(self, symbol):
        """Return the length or distance, less 1, that a symbol and the bits behind it say."""
        if symbol < 4:
            return symbol
        count = symbol - 2 >> 1
        return (2 + symbol % 2 << count) + self.bits.take(count)


def reduced(size, bits):
    """Return how many blocks of 2 ** bits pixels a size needs."""
    return -(-size >> bits)
