"""Atheris finds bytes that break, stall or bloat the image inspection (see deep_fuzz.py)."""

import io
import struct
import sys
import zlib

import atheris

with atheris.instrument_imports(include=["service", "PIL"]):
    from service.business.inspection import decoders
    from service.business.inspection.image_inspector import ImageInspector
    from service.common.errors import ServiceError

    decoders.classes()

PNG = b"\x89PNG\r\n\x1a\n"
# Few pixels, for many inputs a second.
inspector = ImageInspector(max_pixels=1_000_000)


def inspect(data):
    """Inspect bytes; raise unless they are refused, or accepted with sane figures."""
    try:
        facts, _thumb = inspector.inspect(io.BytesIO(data))
    except ServiceError as refusal:
        if not 400 <= refusal.status < 500:
            raise
        return
    if not 0 < facts["width"] * facts["height"] <= 1_000_000 or facts["size"] != len(data):
        raise AssertionError(facts)


def mutate(data, most, seed):
    """Return changed bytes. A PNG gets correct checksums; otherwise all would be refused."""
    data = atheris.Mutate(data, most)
    return with_checksums(data) if data.startswith(PNG) and seed % 8 else data


def with_checksums(data):
    """Return a PNG with the right checksum behind every chunk that is whole."""
    data, position = bytearray(data), len(PNG)
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">L", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            break
        struct.pack_into(">L", data, end, zlib.crc32(data[position + 4 : end]))
        position = end + 4
    return bytes(data)


if __name__ == "__main__":
    atheris.Setup(sys.argv, inspect, custom_mutator=mutate)
    atheris.Fuzz()
