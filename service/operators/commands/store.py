"""The store that commands work on."""

import functools

import click
from flask import current_app
from flask.cli import with_appcontext

from service.common.errors import StorageUnavailable


def with_store(command):
    """Run a command in the app's context, unless a newer version of the service wrote the data."""

    @with_appcontext
    @functools.wraps(command)
    def run(*arguments, **options):
        try:
            current_app.extensions["store"].refuse_newer()
        except StorageUnavailable as error:
            raise click.ClickException(error.detail) from error
        return command(*arguments, **options)

    return run
