"""`python main.py restore`."""

import json
import sys

import click
from flask import current_app

from service.common.errors import ServiceError, StorageFull
from service.operators.commands.output import failure, with_progress
from service.operators.commands.store import with_store


@click.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option(
    "--unverified",
    is_flag=True,
    help="Restore also where the export was interrupted, so that its manifests do not fit.",
)
@with_store
def restore_command(folder, unverified):
    """Bring back the images of an export, FOLDER, that the store does not have.

    The service may run meanwhile. It may be stopped at any time; the next run goes on. What was
    deleted since the export stays deleted. Prints one JSON line of figures. Exit code 1: images of
    the export are missing.
    """
    from service.operators.bags.faults import BagFault
    from service.operators.bags.restore import MISSING, Restore

    extensions = current_app.extensions
    restore = Restore(
        extensions["recovery"], folder, verified=not unverified, say=tell, watch=with_progress
    )
    try:
        require_store(extensions["readiness"])
        figures = restore.run()
    except BagFault as error:
        raise click.ClickException(str(error)) from error
    except StorageFull as error:
        raise click.ClickException(
            "The store is full: make room, then run the command again. What is restored stays."
        ) from error
    except ServiceError as error:
        raise failure(error) from error
    click.echo(json.dumps(figures))
    if any(figures[name] for name in MISSING):
        sys.exit(1)


def require_store(readiness):
    """End the command if a part of the store is missing or does not answer."""
    missing = readiness.missing()
    if missing:
        raise click.ClickException(
            f"The store is not ready: {', '.join(missing)}. On AWS `python main.py provision` "
            "makes what is missing; `python main.py doctor` finds the cause."
        )


def tell(line):
    """Tell the operator what was not brought back, and why."""
    click.echo(line, err=True)
