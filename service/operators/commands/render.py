"""`python main.py render`."""

import json
import sys

import click
from flask import current_app

from service.common.errors import ServiceError
from service.operators.commands.output import failure, with_progress
from service.operators.commands.store import with_store


@click.command("render")
@click.option("--missing", is_flag=True, help="Make the thumbs that images lack.")
@with_store
def render_command(missing):
    """Make thumbs of images that have none, such as those of earlier versions.

    It may be stopped at any time; the next run goes on. Prints one JSON line of figures. Exit code
    1: a store failed for some images.
    """
    if not missing:
        raise click.UsageError("Say what to render: --missing.")
    try:
        figures = current_app.extensions["image_service"].renditions.fill(with_progress)
    except ServiceError as error:
        raise failure(error) from error
    click.echo(json.dumps(figures))
    if figures["failed"]:
        sys.exit(1)
