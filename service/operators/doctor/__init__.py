"""Examine a running configuration as a client would, and name the one fault."""

from contextlib import ExitStack

from service.operators.doctor import findings
from service.operators.doctor.findings import FAULT

__all__ = ["FAULT", "examine"]


def examine(app):
    """Yield the findings about an app's configuration; see findings.examine."""
    if app.extensions["settings"].embedded:
        from service.operators.doctor.embedded_checks import EmbeddedChecks as Checks
    else:
        from service.operators.doctor.aws_checks import AwsChecks as Checks
    with ExitStack() as stack:
        yield from findings.examine(Checks(app).checks(stack))
