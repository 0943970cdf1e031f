"""`python main.py export`."""

import json
import sys

import click
from flask import current_app

from service.common.errors import ServiceError
from service.operators.commands.output import failure, with_progress
from service.operators.commands.store import with_store


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False))
@click.option("--update", is_flag=True, help="Bring a complete export up to date.")
@click.option("--user", help="Export only the images of this user_id.")
@with_store
def export_command(folder, update, user):
    """Write all images, and all that is known of them, to FOLDER as a BagIt bag.

    The service may run meanwhile. It may be stopped at any time; the next run goes on. Prints one
    JSON line of figures. Exit code 1: images are missing in the bag.
    """
    from service.api.access import tokens
    from service.operators.bags.export import Export
    from service.operators.bags.faults import BagFault

    if user is not None and not tokens.is_user_id(user):
        raise click.UsageError(f"--user must be {tokens.USER_ID_RULE}.")
    store = current_app.extensions["store"]
    export = Export(store, folder, user, say=tell, watch=with_progress)
    try:
        figures = export.run(update)
    except BagFault as error:
        raise click.ClickException(str(error)) from error
    except ServiceError as error:
        raise failure(error) from error
    click.echo(json.dumps(figures))
    if figures["failed"]:
        sys.exit(1)


def tell(line):
    """Tell the operator what is wrong with one image."""
    click.echo(line, err=True)
