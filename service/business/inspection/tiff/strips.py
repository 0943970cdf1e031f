"""The strips or tiles of a TIFF page: where they lie, and how many bytes they unpack to."""

import bisect

from service.business.inspection.header import require

# Tags, from the TIFF 6.0 specification.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
FILL_ORDER, STRIP_OFFSETS, SAMPLES, STRIP_ROWS, STRIP_SIZES, PLANES = 266, 273, 277, 278, 279, 284
TILE_WIDTH, TILE_HEIGHT, TILE_OFFSETS, TILE_SIZES = 322, 323, 324, 325
JPEG_TABLES, SUBSAMPLING = 347, 530

UNCOMPRESSED, OLD_JPEG, JPEG = 1, 6, 7
# LZW, deflate, PackBits. Of the others (rare, slow or fragile) only the structure is checked.
# With fax (2 to 4) libtiff decodes any bytes, and writes every invalid row to stderr.
UNPACKED = {5, 8, 32773, 32946}
YCBCR = 6
SEPARATE_PLANES = 2
# (photometric, samples) of JPEG strips that Pillow decodes.
JPEG_KINDS = {(0, 1), (1, 1), (2, 3), (YCBCR, 3), (5, 4)}
MOST_PIXEL_BITS = 1024
# Enough for 100 million pixels in tiles of 16 x 16.
MOST_STRIPS = 400_000
# More are slow to unpack: only their place is checked.
MOST_UNPACKED_STRIPS = 100_000
MOST_UNPACKED = 400 * 1024 * 1024
GROUP = 16 * 1024 * 1024


class Strips:
    """Where the strips or tiles of a directory lie, and what each unpacks to."""

    def __init__(self, directory):
        self.directory = directory
        self.size = len(directory.data)
        number = directory.number
        self.width, self.height = number(WIDTH), number(HEIGHT)
        require(self.width > 0 and self.height > 0, "no width or height")
        self.compression = number(COMPRESSION, UNCOMPRESSED)
        self.samples, self.bits = number(SAMPLES, 1), max(directory.numbers(BITS, (1,)))
        require(0 < self.samples * self.bits <= MOST_PIXEL_BITS, "unknown kind of pixels")
        self.planes = self.samples if number(PLANES, 1) == SEPARATE_PLANES else 1
        self.tiled = TILE_OFFSETS in directory.tags
        if self.tiled:
            self.across, self.down = number(TILE_WIDTH), number(TILE_HEIGHT)
        else:
            self.across, self.down = self.width, min(number(STRIP_ROWS, self.height), self.height)
        require(self.across > 0 and self.down > 0, "strips without rows")
        self.count_bytes()
        self.places = self.find()

    def count_bytes(self):
        """Count the bytes of a row, and the rows of a strip and of the last strip."""
        bits = self.samples * self.bits // self.planes
        self.rest = self.down if self.tiled else (self.height - 1) % self.down + 1
        self.row_bytes = (self.across * bits + 7) // 8
        self.rows = self.down
        photometric = self.directory.number(PHOTOMETRIC, 0)
        if photometric == YCBCR and self.planes == 1 and self.compression not in (OLD_JPEG, JPEG):
            # Of the two colours only one sample in `wide` x `high` pixels is stored.
            wide, high = (*self.directory.numbers(SUBSAMPLING, (2, 2)), 1)[:2]
            require(wide in (1, 2, 4) and high in (1, 2, 4), "unknown subsampling")
            self.row_bytes = (-(-self.across // wide) * (wide * high + 2) * self.bits + 7) // 8
            self.rows, self.rest = -(-self.rows // high), -(-self.rest // high)

    def find(self):
        """Return [(offset, declared size, rows)] of the strips that the page needs."""
        offsets = self.directory.numbers(TILE_OFFSETS if self.tiled else STRIP_OFFSETS)
        sizes = self.directory.numbers(TILE_SIZES if self.tiled else STRIP_SIZES, (0,))
        high = -(-self.height // self.down)
        count = -(-self.width // self.across) * high * self.planes
        require(count <= MOST_STRIPS, "too many strips")
        require(len(offsets) >= count and min(offsets) >= 0, "strips are missing")
        sizes += (0,) * (count - len(sizes))
        rows = ([self.rows] * (high - 1) + [self.rest]) * self.planes
        rows = [self.rows] * count if self.tiled else rows
        return list(zip(offsets[:count], sizes[:count], rows, strict=True))

    def require_all(self):
        """Require that every strip is in the file; replace the sizes that cannot be right."""
        starts = sorted({offset for offset, _size, _rows in self.places} | {self.directory.start})
        starts.append(self.size)
        plain = self.compression == UNCOMPRESSED
        for index, (offset, size, rows) in enumerate(self.places):
            needed = self.row_bytes * rows if plain else 1
            if size < needed:
                # libtiff repairs such a size: the strip ends where something else begins.
                size = starts[bisect.bisect_right(starts, offset, hi=len(starts) - 1)] - offset
            if plain or self.compression in UNPACKED:
                size = min(size, self.size - offset)
            require(size >= needed and offset + size <= self.size, "strips are missing")
            self.places[index] = offset, size, rows

    def memory(self):
        """Return how many bytes decoding takes; None: the strips are not decoded."""
        largest = self.row_bytes * self.rows
        if self.compression == JPEG:
            # The decoder reads each strip anew, also where strips share their bytes.
            if sum(size for _offset, size, _rows in self.places) > 2 * self.size:
                return None
            kind = self.directory.number(PHOTOMETRIC, 0), self.samples
            if self.bits != 8 or self.planes > 1 or kind not in JPEG_KINDS:
                return None
            # A JPEG strip may be progressive; then its coefficients take two bytes each as well.
            return 4 * self.width * self.height + 3 * largest
        places = set(self.places)
        rows = sum(rows for _offset, _size, rows in places)
        if self.compression not in UNPACKED or len(places) > MOST_UNPACKED_STRIPS:
            return None
        if rows * self.row_bytes > MOST_UNPACKED:
            return None
        return 2 * max(largest, GROUP)
