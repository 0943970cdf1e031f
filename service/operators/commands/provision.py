"""`python main.py provision`."""

import click
from flask import current_app
from flask.cli import with_appcontext

from service.common.errors import ServiceError


@click.command("provision")
@with_appcontext
def provision_command():
    """Create bucket, table and indexes, or add what is missing."""
    store = current_app.extensions["store"]
    if store.provision is None:
        raise click.ClickException(
            f"Nothing to create: the {store.kind} store creates its own files."
        )
    try:
        store.provision()
    except ServiceError as error:
        raise click.ClickException(error.detail) from error
    click.echo(f"Ready: {store.place()}.")
