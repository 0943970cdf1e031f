"""AVIF sequences without a still picture: the size of their track, and the place of its samples."""

import struct

from service.business.inspection.header import Header, require
from service.business.inspection.heif_boxes import ORIENTATIONS, boxes, first_of_each

CODED = b"av01"
MOST_SAMPLES = 100_000


def read(movie, file_size):
    """Return the Header of the first track of pictures in a movie box."""
    for kind, contents in boxes(movie):
        if kind == b"trak":
            track = first_of_each(contents)
            tables = inside(track, b"mdia", b"minf", b"stbl")
            entry, description = next(boxes(tables.get(b"stsd", b"")[8:]), (None, None))
            if entry == CODED:
                check_samples(tables, file_size)
                return header(track[b"tkhd"], description)
    return require(False, "no picture")


def inside(boxes_by_kind, *path):
    """Return {kind: contents} of the box at a path; nothing where it leads nowhere."""
    for kind in path:
        boxes_by_kind = first_of_each(boxes_by_kind.get(kind, b""))
    return boxes_by_kind


def header(track_header, description):
    """Return the Header of a track, which may turn its pictures by a matrix."""
    width, height = struct.unpack_from(">HH", description, 24)
    # The numbers before the matrix are wider in version 1.
    a, b, _u, c, d = struct.unpack_from(">5l", track_header, 52 if track_header[0] else 40)
    matrix = tuple((number > 0) - (number < 0) for number in (a, c, b, d))
    turned = a == d == 0
    shown = (height, width) if turned else (width, height)
    return Header(width, height, orientation=ORIENTATIONS.get(matrix, 1), shown=shown)


def check_samples(tables, file_size):
    """Require that the samples of every chunk lie in the file."""
    sizes = sample_sizes(tables[b"stsz"])
    wide = b"co64" in tables
    table = tables[b"co64" if wide else b"stco"]
    (count,) = struct.unpack_from(">L", table, 4)
    require(0 < count <= MOST_SAMPLES, "no picture")
    offsets = struct.unpack_from(f">{count}{'Q' if wide else 'L'}", table, 8)
    used = 0
    for offset, samples in zip(offsets, samples_per_chunk(tables[b"stsc"], count), strict=True):
        end = offset + sum(sizes[used : used + samples])
        require(end <= file_size, "a picture lies beyond the end")
        used += samples
    require(used >= len(sizes), "pictures are missing")


def sample_sizes(table):
    """Return the size of each sample, in bytes."""
    same, count = struct.unpack_from(">LL", table, 4)
    require(0 < count <= MOST_SAMPLES, "no picture")
    return (same,) * count if same else struct.unpack_from(f">{count}L", table, 12)


def samples_per_chunk(table, chunks):
    """Return how many samples each chunk has; the table lists where the number changes."""
    (count,) = struct.unpack_from(">L", table, 4)
    require(0 < count <= chunks, "invalid chunk list")
    entries = [struct.unpack_from(">LL", table, 8 + 12 * number) for number in range(count)]
    ends = [first for first, _samples in entries[1:]] + [chunks + 1]
    found = []
    for (first, samples), end in zip(entries, ends, strict=True):
        require(first <= end <= chunks + 1, "invalid chunk list")
        found += [samples] * (end - first)
    require(len(found) == chunks, "invalid chunk list")
    return found
