"""Checks a configuration as a client would, up to the first fault."""

from contextlib import ExitStack

from service.operators.doctor import findings
from service.operators.doctor.findings import FAULT

__all__ = ["FAULT", "examine"]


def embedded_checks(app):
    """Return the checks for an app on the embedded store."""
    from service.operators.doctor.embedded_checks import EmbeddedChecks

    return EmbeddedChecks(app)


def aws_checks(app):
    """Return the checks for an app on DynamoDB and S3."""
    from service.operators.doctor.aws_checks import AwsChecks

    return AwsChecks(app)


# By the kind of the store. Each function imports its store's libraries only when it is called.
CHECKS = {"embedded": embedded_checks, "aws": aws_checks}


def examine(app):
    """Yield the findings about the configuration of an app; see findings.run_checks."""
    checks = CHECKS[app.extensions["store"].kind](app)
    with ExitStack() as stack:
        yield from findings.run_checks(checks.checks(stack))
