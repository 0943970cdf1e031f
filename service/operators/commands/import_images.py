"""`python main.py import`."""

import json
import sys

import click

TOKEN_VARIABLE = "IMAGE_SERVICE_TOKEN"


@click.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False))
@click.option("--to", "address", required=True, help="The service: http://localhost:8000")
@click.option("--user", required=True, help="Whose images they become.")
@click.option("--tags", default="", help="Tags for every image, separated by commas.")
@click.option("--album-tags", is_flag=True, help="The names of the folders in DIR are tags too.")
@click.option(
    "--token",
    envvar=TOKEN_VARIABLE,
    help=f"For a service with AUTH=jwt; better in {TOKEN_VARIABLE}, which `ps` does not show.",
)
@click.option("--jobs", type=click.IntRange(1, 64), default=4, help="Uploads at once (4).")
@click.option("--report", type=click.Path(dir_okay=False), help="Append a JSON line a file here.")
@click.option(
    "--patience",
    type=click.IntRange(0),
    default=600,
    help="Give up after so many seconds without a good answer (600).",
)
def import_command(**options):
    """Upload the pictures of a folder and of the folders in it, over HTTP.

    A second run uploads nothing twice; a run that was stopped goes on. Prints one JSON line of
    figures. Exit code 1: something is missing in the service; 130: stopped by Ctrl-C.
    """
    from service.operators.importing.run import import_folder

    try:
        figures, code = import_folder(**options)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(figures))
    sys.exit(code)
