"""What became of each file: a row of the report, and the figures of all."""

import collections
import json
import os

from service.operators.importing.transport.answers import printable

UPLOADED = "uploaded"
PRESENT = "present"
RETAGGED = "retagged"
DUPLICATE = "duplicate"
TRASHED = "trashed"
DELETED = "deleted"
SKIPPED = "skipped"
REFUSED = "refused"
FAILED = "failed"
LEFT = "left"

# In the order in which they are told, with their meanings.
MEANINGS = {
    UPLOADED: "uploaded",
    PRESENT: "already there",
    RETAGGED: "already there, tags added",
    DUPLICATE: "the same picture as another file",
    TRASHED: "already there, in the trash",
    DELETED: "deleted from the service before, not sent again",
    SKIPPED: "skipped: no image, empty or hidden",
    REFUSED: "refused by the service",
    FAILED: "failed",
    LEFT: "left for the next run",
}
# What the service lacks after the run, though it was wanted.
MISSING = (REFUSED, FAILED, LEFT)
# The service has the image.
KEPT = (UPLOADED, PRESENT, RETAGGED, TRASHED)
# How many files are named at the end.
MOST_NAMED = 10


class Outcome:
    """What became of a file. detail: why, or None. tags: those that the image should have."""

    def __init__(self, outcome, detail=None, *, image_id=None, sha256=None, tags=()):
        self.outcome = outcome
        self.detail = detail
        self.image_id = image_id
        self.sha256 = sha256
        self.tags = tags


class Outcomes:
    """Counts outcomes, and appends each to the report as one line.

    report: a binary file without a buffer, or None.
    """

    def __init__(self, report=None):
        self.report = report
        self.counts = collections.Counter()
        self.bytes = 0
        self.missing = []

    def add(self, file, outcome):
        """Take up the outcome of a file."""
        self.counts[outcome.outcome] += 1
        if outcome.outcome == UPLOADED:
            self.bytes += file.size
        if outcome.outcome in (REFUSED, FAILED) and len(self.missing) < MOST_NAMED:
            self.missing.append(f"{readable(file.path)}: {outcome.detail}")
        if self.report:
            # One write for a whole line: a killed process leaves no half of it.
            self.report.write(line(file, outcome))

    def figures(self, seconds):
        """Return the figures of the run."""
        counts = {name: self.counts[name] for name in MEANINGS}
        return counts | {"bytes": self.bytes, "seconds": round(seconds, 1)}

    @property
    def is_complete(self):
        """Whether nothing is missing in the service."""
        return not any(self.counts[name] for name in MISSING)


def line(file, outcome):
    """Return the report's line about a file, as bytes."""
    row = {
        "path": readable(file.path),
        "outcome": outcome.outcome,
        "image_id": outcome.image_id,
        "detail": outcome.detail,
        "size": file.size,
        "sha256": outcome.sha256,
        "tags": list(outcome.tags),
    }
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def readable(path):
    r"""Return a path as text that can be printed; a byte that is no UTF-8 is shown as \xe9."""
    return printable(os.fsencode(path).decode("utf-8", "backslashreplace"))


def end_last_line(report):
    """End the last line of an open report, which an editor may have left without its end."""
    if report.seek(0, os.SEEK_END):
        report.seek(-1, os.SEEK_END)
        if report.read(1) != b"\n":
            report.write(b"\n")
