"""Examine a running configuration as a client would, and name the one fault."""

from contextlib import ExitStack

from service.operators.doctor import findings
from service.operators.doctor.findings import FAULT

__all__ = ["FAULT", "examine"]


def embedded_checks(app):
    """Return the checks of an app on the embedded store."""
    from service.operators.doctor.embedded_checks import EmbeddedChecks

    return EmbeddedChecks(app)


def aws_checks(app):
    """Return the checks of an app on DynamoDB and S3."""
    from service.operators.doctor.aws_checks import AwsChecks

    return AwsChecks(app)


# By the kind of the store; each imports its store's libraries only when it is called.
CHECKS = {"embedded": embedded_checks, "aws": aws_checks}


def examine(app):
    """Yield the findings about an app's configuration; see findings.examine."""
    checks = CHECKS[app.extensions["store"].kind](app)
    with ExitStack() as stack:
        yield from findings.examine(checks.checks(stack))
