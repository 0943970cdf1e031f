"""The operator's commands: a module for each, and the table of them all."""

from service.operators.commands.doctor import doctor_command
from service.operators.commands.export import export_command
from service.operators.commands.import_images import import_command
from service.operators.commands.provision import provision_command
from service.operators.commands.render import render_command
from service.operators.commands.restore import restore_command
from service.operators.commands.stats import stats_command
from service.operators.commands.sweep import sweep_command
from service.operators.commands.token import token_command

COMMANDS = [
    doctor_command,
    export_command,
    import_command,
    provision_command,
    render_command,
    restore_command,
    stats_command,
    sweep_command,
    token_command,
]
