"""`python main.py doctor`."""

import contextlib
import json
import sys

import click
from flask import current_app
from flask.cli import with_appcontext


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
