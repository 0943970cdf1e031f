"""Where the picture of a JPEG ends that has no end-of-image marker."""

import io

from service.business.inspection import decoders

END = b"\xff\xd9"
# Bytes that the decoder gets at once: first to find the part where the scan ends, then exactly.
STEPS = (4096, 1)
# Baseline and extended, as in jpeg_segments: other kinds come in several scans, or nobody has them.
HUFFMAN = {0xC0, 0xC1}
# Bytes without a whole block of pixels.
MOST_WAITING = 65_536


def picture_end(data, header):
    """Return where the picture of an inspected JPEG ends, up to 8 bytes late where none says it.

    A maker's bytes may follow the only scan without any marker between: only decoding tells them
    from the scan. Those behind the last of several scans cannot be told.
    """
    kind, scans, ended, pieces = header.layout[:4]
    if ended or scans > 1 or kind not in HUFFMAN:
        return header.end
    head = b"".join(data[start:end] for start, end in pieces[:-1])
    first_scan, end = pieces[-1]
    scan, begin = bytes(data[first_scan:end]), 0
    for step in STEPS:
        begin = last_beginning(head, scan, begin, step)
        if begin is None:
            return end
    return first_scan + begin + STEPS[-1]


def last_beginning(head, scan, begin, step):
    """Return where the part of a scan begins with which the decoder finishes; None: with none.

    The decoder gets all before `begin` at once, then parts of `step` bytes.
    """
    image = decoders.opened("image/jpeg", io.BytesIO(head + scan))
    image.draft("L", (1, 1))
    decoder = decoders.started(image)
    waiting = head + scan[:begin]
    for start in range(begin, len(scan), step):
        waiting += scan[start : start + step]
        used, error = decoder.decode(waiting)
        if used < 0:
            return None if error else start
        waiting = waiting[used:]
        if len(waiting) > MOST_WAITING:
            return None
    return None
