"""The structure of each accepted format: measured and checked without decoding a pixel.

Each module has `read(data)`: it walks a memoryview of the whole file to its end and returns a
Header. Bytes that run short or make no sense raise UnreadableImage or whatever `struct` raises.
"""
