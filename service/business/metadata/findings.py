"""The kinds of private metadata found so far, and how much may still be looked at."""

from contextlib import suppress

from service.business.inspection.header import require

KINDS = ("location", "camera", "taken_at", "author", "embedded_thumbnail", "trailing_bytes")
# Bytes of texts, packets and profiles, inflated ones too: more of them are not looked at.
MOST_BYTES = 2 * 1024 * 1024
MOST_BLOCKS = 256
# Each may have thousands of tags, and many may share their bytes.
MOST_DIRECTORIES = 32


class Findings:
    """Collects kinds. taken_at: when the picture was taken, as text; None: not known."""

    def __init__(self):
        self.kinds = set()
        self.taken_at = None
        self.bytes_left = MOST_BYTES
        self.blocks_left = MOST_BLOCKS
        self.directories = 0

    def add(self, kind):
        """Note that the file has metadata of a kind; None is no kind."""
        if kind:
            self.kinds.add(kind)

    def limited(self, block):
        """Return what may be looked at of a block: all, its beginning, or nothing."""
        self.blocks_left -= 1
        if self.blocks_left < 0:
            return b""
        part = block[: max(self.bytes_left, 0)]
        self.bytes_left -= len(part)
        return part

    def count_directory(self):
        """Count a directory. Raises UnreadableImage for too many."""
        self.directories += 1
        require(self.directories <= MOST_DIRECTORIES, "too many directories")

    def look(self, reader, block):
        """Let a function(findings, block) look at a block; what it cannot read tells nothing."""
        if self.blocks_left >= 0:
            with suppress(Exception):
                reader(self, block)

    def privacy(self):
        """Return {kind: whether the file has it}, in the order of KINDS."""
        return {kind: kind in self.kinds for kind in KINDS}
