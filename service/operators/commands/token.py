"""`python main.py token`."""

import click
from flask import current_app
from flask.cli import with_appcontext


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
