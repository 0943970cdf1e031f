"""One module per accepted format, which checks the structure of a file without decoding pixels.

Each module has `read(data)`: it walks through a memoryview of the whole file and returns a Header.
If bytes are missing or invalid, it raises UnreadableImage, IndexError, KeyError or struct.error.
If its Headers say how much memory decoding takes, it also has `decode(file, data, layout)`: it
raises where the pixels are not whole, and may return their picture, for renditions.

For renditions each module has `picture(file, data, header, longest)`, which returns Pillow's image
or None, and `picture_memory(header, longest)`: the most bytes it takes, None where only a process
with limits of its own may try. An image larger than `longest` pixels may be decoded smaller, but
its longest side keeps as many.
"""
