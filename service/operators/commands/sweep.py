"""`python main.py sweep`: the sweep, the audit and the recount."""

import json
import sys

import click
from flask import current_app

from service.common.errors import ServiceError
from service.operators.commands.output import failure, with_progress
from service.operators.commands.store import with_store

# Figures of an audit, a sweep and a recount: the exit code is 1 unless they are 0.
FAULTS = ("faults", "failed", "uncorrected", "tags_uncorrected")


@click.command("sweep")
@click.option("--audit", is_flag=True, help="Only compare records and objects; `faults` must be 0.")
@click.option(
    "--recount",
    is_flag=True,
    help="Count again the totals, how many images have each tag, and what each user keeps if there "
    "are limits.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; only count what would be done.")
@click.option(
    "--seconds", type=click.IntRange(0), help="Stop after so many seconds; the next run continues."
)
@with_store
def sweep_command(audit, recount, dry_run, seconds):
    """Finish interrupted work; print one JSON line of figures.

    Exit code 1: records failed, an audit found faults, or a recount left something uncorrected.
    """
    refuse_together(audit, recount, dry_run, seconds)
    extensions = current_app.extensions
    try:
        if audit:
            figures = extensions["audit"].run()
        elif recount:
            counts_users = extensions["recount"].is_needed()
            figures = extensions["recount"].run() if counts_users else {}
            figures |= extensions["tag_counts"].recount() | extensions["stats"].recount()
        else:
            figures = extensions["sweep"].run(seconds, dry_run=dry_run, watch=with_progress)
    except ServiceError as error:
        raise failure(error) from error
    click.echo(json.dumps(figures))
    if any(figures.get(name) for name in FAULTS):
        sys.exit(1)


def refuse_together(audit, recount, dry_run, seconds):
    """Refuse options of which one would be ignored. Raises click.UsageError.

    A recount with --dry-run would change what nobody wanted to change; an audit never does.
    """
    if audit and recount:
        raise click.UsageError("Use --audit or --recount, one of the two.")
    if recount and dry_run:
        raise click.UsageError("There is no dry run of --recount: --audit counts what is wrong.")
    if (audit or recount) and seconds is not None:
        raise click.UsageError("--seconds is for a sweep only, not for --audit or --recount.")
