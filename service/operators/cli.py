"""Operator commands, run as `python main.py <command>` or `flask --app main <command>`."""

import click
from flask.cli import ScriptInfo

from service.operators.commands import COMMANDS


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
