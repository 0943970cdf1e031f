"""`python main.py stats`."""

import json

import click
from flask import current_app

from service.common.errors import ServiceError
from service.operators.commands.output import failure
from service.operators.commands.store import with_store

# Rows: figure, what people read.
LINES = (
    ("images", "images"),
    ("bytes", "bytes of images"),
    ("trashed_images", "images in the trash"),
    ("trashed_bytes", "bytes in the trash"),
    ("users", "users with images"),
    ("free_bytes", "bytes free for uploads"),
)


@click.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@with_store
def stats_command(as_json):
    """Show how much is stored and how much room is left.

    Bytes are those of the originals, without thumbnails. On AWS it reads every record.
    """
    try:
        figures = current_app.extensions["stats"].run()
    except ServiceError as error:
        raise failure(error) from error
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, meaning in LINES:
        click.echo(f"{meaning:23}{amount(name, figures[name])}")


def amount(name, figure):
    """Return a figure for people: 3,456,789 (3.3 MiB)."""
    if figure is None:
        return "         no limit"
    rounded = f" ({figure / (1 << 20):,.1f} MiB)" if name.endswith("bytes") else ""
    return f"{figure:>17,}{rounded}"
