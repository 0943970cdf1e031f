"""What a file tells about people, places and cameras beside its pixels, and how to cut it.

`examination.examine` names the kinds and the time; `stripping.stripped` returns the file without.
Both take the memoryview and the Header of an inspected file, and never touch a pixel.
"""
