"""One module per accepted format, which checks the structure of a file without decoding pixels.

Each module has `read(data)`: it walks through a memoryview of the whole file and returns a Header.
If bytes are missing or invalid, it raises UnreadableImage, IndexError, KeyError or struct.error.
If its Headers say how much memory decoding takes, it also has `decode(file, data, layout)`.
"""
