"""Operator commands, run as `python main.py <command>` or `flask --app main <command>`."""

import contextlib
import json
import sys

import click
from flask import current_app
from flask.cli import ScriptInfo, with_appcontext

from service.common.errors import ServiceError

# Figures of an audit, a sweep and a recount: the exit code is 1 unless they are 0.
FAULTS = ("faults", "failed", "uncorrected", "tags_uncorrected")


def init_app(app):
    """Register the commands with Flask's own."""
    for command in COMMANDS:
        app.cli.add_command(command)


def run(arguments, create_app):
    """Run the command that the arguments name, then end the process. Raises ConfigError.

    The app is only built for a command, so that `--help` works whatever the settings are.
    """
    commands = CommandGroup(commands=COMMANDS, help="Without a command, start the service.")
    commands.main(arguments, "python main.py", obj=ScriptInfo(create_app=create_app))


class CommandGroup(click.Group):
    """The commands; the error for an unknown one lists them."""

    def resolve_command(self, context, arguments):
        """Return the command that the arguments name. Raises click.UsageError."""
        try:
            return super().resolve_command(context, arguments)
        except click.UsageError as error:
            names = ", ".join(self.list_commands(context))
            error.message += f" There are {names}; without a command the service starts."
            raise


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


@click.command("sweep")
@click.option("--audit", is_flag=True, help="Only compare records and objects; `faults` must be 0.")
@click.option(
    "--recount",
    is_flag=True,
    help="Count again how many images have each tag, and what each user keeps if there are limits.",
)
@click.option("--dry-run", is_flag=True, help="Change nothing; only count what would be done.")
@click.option(
    "--seconds", type=click.IntRange(0), help="Stop after so many seconds; the next run continues."
)
@with_appcontext
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
            figures |= extensions["tag_counts"].recount()
        else:
            figures = extensions["sweep"].run(seconds, dry_run=dry_run, watch=with_progress)
    except ServiceError as error:
        raise click.ClickException(f"{error.detail} {error.facts or ''}".strip()) from error
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


@click.command("render")
@click.option("--missing", is_flag=True, help="Make the thumbs that images lack.")
@with_appcontext
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
        raise click.ClickException(f"{error.detail} {error.facts or ''}".strip()) from error
    click.echo(json.dumps(figures))
    if figures["failed"]:
        sys.exit(1)


@click.command("token")
@click.option("--user", required=True, help="The user_id for which the token is valid.")
@click.option("--days", type=click.IntRange(1, 3650), required=True, help="Days it is valid.")
@click.option("--admin", is_flag=True, help="The token is valid for all users.")
@with_appcontext
def token_command(user, days, admin):
    """Print a token, signed with JWT_SECRET, for a service with AUTH=jwt."""
    from service.api.access import tokens

    settings = current_app.extensions["settings"]
    if not settings.jwt_secret:
        raise click.ClickException("JWT_SECRET is not set. Set it, or get tokens from your issuer.")
    if not tokens.is_user_id(user):
        raise click.ClickException(f"--user must be {tokens.USER_ID_RULE}.")
    click.echo(tokens.issue(settings, user, days * 86400, is_admin=admin))


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
@with_appcontext
def doctor_command(as_json):
    """Check the configuration as a client would; print the first fault and what to do."""
    from service.common import logs
    from service.operators import doctor

    logs.setup("ERROR")
    findings = []
    with contextlib.closing(doctor.examine(current_app._get_current_object())) as found:
        for finding in found:
            findings.append(finding)
            if not as_json:
                click.echo("{status:8} {check}: {detail}".format(**finding))
    healthy = all(finding["status"] != doctor.FAULT for finding in findings)
    if as_json:
        click.echo(json.dumps({"healthy": healthy, "checks": findings}))
    sys.exit(0 if healthy else 1)


COMMANDS = [provision_command, sweep_command, render_command, token_command, doctor_command]


def with_progress(records):
    """Yield the records, with a progress bar on a terminal."""
    options = {"label": "Records", "show_pos": True, "hidden": not sys.stderr.isatty()}
    with click.progressbar(records, file=sys.stderr, **options) as progress:
        yield from progress
