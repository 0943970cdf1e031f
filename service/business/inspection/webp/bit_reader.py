"""The bits of a lossless WebP, the least significant of each byte first (RFC 9649, 3.2)."""

PIECE = 32
# Less than so many bits (and the end mark) are too few for a pixel.
ENOUGH = 1 << 64


class BitReader:
    """Reads numbers of a few bits. Behind the end of the bytes there are zeros.

    value: the bits that were fetched and not taken yet, and above them a 1 that marks their end.
    """

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.value = 1

    def fetch(self):
        """Fetch 256 more bits."""
        piece = self.data[self.position : self.position + PIECE]
        self.position += PIECE
        count = self.value.bit_length() - 1
        more = int.from_bytes(piece, "little") | 1 << 8 * PIECE
        self.value = self.value ^ 1 << count | more << count

    def take(self, count):
        """Return the number that the next bits are, at most 64 of them."""
        if self.value < ENOUGH:
            self.fetch()
        number = self.value & (1 << count) - 1
        self.value >>= count
        return number

    @property
    def overrun(self):
        """Whether bits behind the end were taken."""
        return 8 * (self.position - len(self.data)) >= self.value.bit_length()
