"""What the import shows while it runs."""

import collections
import contextlib
import shutil
import sys
import time

import click

# How often a line is written where no terminal shows a bar, in seconds.
LINE_SECONDS = 10
# The rate is that of so many seconds.
WINDOW_SECONDS = 20
# What the bar itself takes of a terminal's line.
BAR_COLUMNS = 26
MEGABYTE = 1000 * 1000


class Counting:
    """Shows how many things of an unknown number were found so far."""

    def __init__(self, text):
        self.text = text
        self.shown_at = 0

    def __call__(self, number):
        """Show the number, a few times a second and only on a terminal."""
        if sys.stderr.isatty() and time.monotonic() - self.shown_at > 0.1:
            self.shown_at = time.monotonic()
            click.echo(f"\r\x1b[K{self.text} {number:,}", err=True, nl=False)

    def end(self, text):
        """Show what was found."""
        click.echo(f"\r\x1b[K{text}" if sys.stderr.isatty() else text, err=True)


class UploadProgress:
    """A bar with the rate and the time left; a line now and then where there is no terminal.

    files, size: how many files there are, and their bytes. session: a Session.
    """

    def __init__(self, files, size, session):
        self.files = files
        self.size = size
        self.session = session
        self.done = 0
        self.done_bytes = 0
        self.line_at = time.monotonic()
        # (moment, files, bytes) of the last WINDOW_SECONDS: what was there already is passed fast,
        # and tells nothing of the time that uploads take.
        self.samples = collections.deque([(self.line_at, 0, 0)])
        self.bar = click.progressbar(
            length=max(size, 1),
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
            show_eta=False,
            width=12,
            item_show_func=lambda _item: self.text(),
        )

    @contextlib.contextmanager
    def shown(self):
        """Show the bar while a block runs."""
        with self.bar:
            yield
            self.draw()

    def take(self, file):
        """Count a file that is done."""
        self.done += 1
        self.done_bytes += file.size

    def draw(self):
        """Show how far the import is."""
        now = time.monotonic()
        moved = min(self.done_bytes + self.session.sending, self.size)
        self.samples.append((now, self.done, moved))
        while now - self.samples[0][0] > WINDOW_SECONDS:
            self.samples.popleft()
        if not self.bar.hidden:
            self.bar.pos = moved
            # Else the bar draws itself only where it has moved.
            self.bar._last_line = None
            self.bar.render_progress()
        elif now - self.line_at >= LINE_SECONDS:
            self.line_at = now
            click.echo(self.text(), err=True)

    def text(self):
        """Return how many files are done, how fast, and the time left, or what is waited for."""
        (begin, files, size), (now, done, moved) = self.samples[0], self.samples[-1]
        seconds = max(now - begin, 0.001)
        rate = (moved - size) / seconds
        words = [
            f"{self.done:,}/{self.files:,} files",
            f"{(done - files) / seconds:.1f}/s",
            f"{rate / MEGABYTE:.1f} MB/s",
        ]
        waiting = self.session.pace.waiting
        if waiting:
            words.append(waiting)
        elif rate > 0 and moved < self.size:
            words.append(f"{clock((self.size - moved) / rate)} left")
        text = ", ".join(words)
        # A line that is broken could not be drawn over.
        return text if self.bar.hidden else text[: shutil.get_terminal_size().columns - BAR_COLUMNS]


def clock(seconds):
    """Return a span of time as text, such as 1:05:09 or 05:09."""
    minutes, seconds = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
