"""One module per format, which cuts the metadata out of an inspected file.

Each module has `cut(data, header)`: it returns the Pieces that stay.
"""
