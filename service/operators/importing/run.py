"""The import from its beginning to its last line: look, list, upload, tell."""

import contextlib
import time
from urllib.parse import urlsplit

import click
from marshmallow import ValidationError

from service.api.schema_fields import Tags
from service.operators.importing.folder import files_in
from service.operators.importing.library import Library
from service.operators.importing.outcomes import (
    LEFT,
    MEANINGS,
    MOST_NAMED,
    Outcome,
    Outcomes,
    end_last_line,
)
from service.operators.importing.progress import Counting, UploadProgress, clock
from service.operators.importing.sent_texts import MOST_TAGS
from service.operators.importing.session import Session
from service.operators.importing.transport.pace import Pace, Stopped
from service.operators.importing.transport.service_client import ServiceClient
from service.operators.importing.uploader import Uploader

ALL_WELL, INCOMPLETE, INTERRUPTED = 0, 1, 130
RESUME = "Run the command again to go on: nothing is uploaded twice."


class Import:
    """One run of the command. It tells on stderr what it does.

    report: an open report of outcomes.py, or None. The other arguments are the command's options.
    """

    def __init__(self, folder, address, user, *, token, tags, album_tags, jobs, patience, report):
        self.folder = folder
        self.jobs = jobs
        self.pace = Pace(patience)
        client = ServiceClient(address, token, self.pace, jobs=jobs)
        self.library = Library(client, user)
        self.uploader = Uploader(client, self.library, tags=tags, album_tags=album_tags)
        self.outcomes = Outcomes(report)
        self.begun_at = time.monotonic()
        self.reason = None

    def run(self):
        """Import the folder; return (figures, exit code)."""
        interrupted = False
        try:
            self.reason = self.bring(self.look())
        except Stopped as error:
            self.reason = str(error)
        except KeyboardInterrupt:
            interrupted = True
        seconds = time.monotonic() - self.begun_at
        self.tell_ending(seconds, interrupted)
        complete = self.outcomes.is_complete and not self.reason
        code = INTERRUPTED if interrupted else ALL_WELL if complete else INCOMPLETE
        return self.outcomes.figures(seconds), code

    def look(self):
        """Return the image files of the folder; tell the outcomes of the others."""
        counting, files, number = Counting("Looking for images: files"), [], 0
        for number, file in enumerate(files_in(self.folder), 1):
            if file.verdict:
                self.outcomes.add(file, Outcome(*file.verdict))
            else:
                files.append(file)
            counting(number)
        counting.end(f"Found {len(files):,} images in {number:,} files.")
        return files

    def bring(self, files):
        """Upload the files that are not there yet; return why it ended early, or None."""
        if not files:
            return None
        try:
            self.look_there()
        except (Stopped, KeyboardInterrupt):
            for file in files:
                self.outcomes.add(file, Outcome(LEFT))
            raise
        session = Session(self.uploader, self.pace, files, jobs=self.jobs)
        progress = UploadProgress(len(files), sum(file.size for file in files), session)

        def take(file, outcome):
            progress.take(file)
            self.outcomes.add(file, outcome)

        with progress.shown():
            return session.run(take, progress.draw)

    def look_there(self):
        """Learn what the user has in the service already. Raises Stopped."""
        counting = Counting("Looking what is there already: images")
        self.library.read(counting)
        counting.end(f"The user {self.library.user} has {len(self.library.images):,} images there.")

    def tell_ending(self, seconds, interrupted):
        """Say what was done, and what to do about the rest."""
        counts = self.outcomes.counts
        rows = [f"  {counts[name]:>7,} {MEANINGS[name]}" for name in MEANINGS if counts[name]]
        megabytes = self.outcomes.bytes / 1e6
        lines = [f"After {clock(seconds)}, {megabytes:,.1f} MB uploaded:", *rows]
        lines += self.outcomes.missing
        more = counts["refused"] + counts["failed"] - MOST_NAMED
        if more > 0:
            lines.append(f"... and {more:,} more: --report FILE lists each.")
        if counts["deleted"]:
            lines.append(
                "What was deleted stays deleted; to have it again, upload it in the gallery."
            )
        if self.reason:
            lines.append(f"Stopped: {self.reason}")
        if interrupted or counts["left"]:
            lines.append(RESUME)
        click.echo("\n".join(lines), err=True)


def import_folder(folder, address, user, *, tags, report, **options):
    """Import a folder; return (figures, exit code). tags: comma-separated text. report: a path.

    Raises ValueError for options that are wrong.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("--to must be an address such as http://localhost:8000.")
    try:
        tags = Tags(most=MOST_TAGS).deserialize(tags)
    except ValidationError as error:
        raise ValueError(f"--tags: {' '.join(error.messages)}") from error
    with contextlib.ExitStack() as stack:
        if report:
            try:
                report = stack.enter_context(open(report, "a+b", buffering=0))
            except OSError as error:
                raise ValueError(f"--report: {error.strerror}: {report}") from error
            end_last_line(report)
        address = address.rstrip("/")
        return Import(folder, address, user, tags=tags, report=report, **options).run()
