"""One module per format, which finds the blocks of metadata in an inspected file.

Each module has `look(findings, data, header)`.
"""
