"""What the import shows while it runs."""

import contextlib
import sys
import time

import click

# How often a line is written where no terminal shows a bar, in seconds.
LINE_SECONDS = 10
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
        self.begun_at = self.line_at = time.monotonic()
        self.bar = click.progressbar(
            length=max(size, 1),
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
            show_eta=False,
            width=20,
            item_show_func=lambda _item: self.text(),
            update_min_steps=0,
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
        if self.bar.hidden:
            if time.monotonic() - self.line_at >= LINE_SECONDS:
                self.line_at = time.monotonic()
                click.echo(self.text(), err=True)
            return
        moved = min(self.done_bytes + self.session.sending, self.size)
        # The bar draws itself only where something has changed: the time has.
        self.bar.pos = moved
        self.bar._last_line = None
        self.bar.render_progress()

    def text(self):
        """Return how many files are done, how fast, and the time left, or what is waited for."""
        seconds = max(time.monotonic() - self.begun_at, 0.001)
        moved = self.done_bytes + self.session.sending
        words = [
            f"{self.done:,} of {self.files:,} files",
            f"{self.done / seconds:.1f} files/s",
            f"{moved / seconds / MEGABYTE:.1f} MB/s",
        ]
        waiting = self.session.pace.waiting
        if waiting:
            words.append(waiting)
        elif moved:
            words.append(f"{clock((self.size - moved) * seconds / moved)} left")
        return ", ".join(words)


def clock(seconds):
    """Return a span of time as text, such as 1:05:09 or 05:09."""
    minutes, seconds = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
