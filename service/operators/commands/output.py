"""What commands print: failures and progress."""

import sys

import click


def failure(error):
    """Return the exception that ends a command because of a ServiceError."""
    return click.ClickException(f"{error.detail} {error.facts or ''}".strip())


def with_progress(records, label="Records", length=None):
    """Yield the records, with a progress bar on a terminal; length: how many there are."""
    options = {"label": label, "show_pos": True, "hidden": not sys.stderr.isatty()}
    with click.progressbar(records, length, file=sys.stderr, **options) as progress:
        yield from progress
