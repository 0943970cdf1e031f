"""The budget of a request: counts must be exact, measured ratios have some slack."""

import contextlib
import os
import sys

from moto import mock_aws

from service.common import config
from service.repositories.aws import clients
from tests.bench import calls, cold_start, lists, memory, renditions, report, routes
from tests.bench.goals import GOALS
from tests.bench.processes import CREDENTIALS

# The slack over a goal. More than the noise of a shared machine means that a request costs more.
SLACK = 1.15
ROUNDS = 5
SIZES = (100, 400)
ROUTES = ("view", "list 20", "upload", "delete", "PATCH", "tags")


def main():
    """Check every figure; end with exit code 1 when one is over its budget."""
    os.environ.update(CREDENTIALS)
    over = []
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        with routes.bench() as parts:
            over += counted([*calls.figures(parts), *cold_start.package_size()])
            over += twice(lambda rounds: memory.figures(parts, rounds), 1)
            over += twice(lambda rounds: routes.in_process(parts, rounds, ROUTES), ROUNDS)
        over += counted([*lists.sqlite_figures(SIZES), *items_read(), *renditions.growths()])
        over += twice(renditions.checks, ROUNDS)
    for name in over:
        print(f"OVER BUDGET: {name}")
    sys.exit(1 if over else 0)


def items_read():
    """Return the items that DynamoDB reads per page, counted by moto."""
    values = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "USE_LOCALSTACK": "1"}
    with mock_aws():
        settings = config.load(values)
        settings.aws_endpoint_url = None
        client = clients.dynamodb_client(clients.new_session(settings), settings)
        return lists.dynamodb_figures(client, client, SIZES)


def counted(figures):
    """Return the names of the figures that miss their goal."""
    for figure in figures:
        print(report.line(figure), flush=True)
    return [figure.name for figure in figures if figure.verdict == "MISSED"]


def twice(measure, rounds):
    """Return the names of the figures over their budget in a measurement and a longer one."""
    over = over_budget(measure(rounds))
    if not over:
        return []
    print("Once more, and longer:")
    again = over_budget(measure(3 * rounds))
    return [name for name in over if name in again]


def over_budget(figures):
    """Return the names of the figures over their budget."""
    over = []
    for figure in figures:
        if figure.name in GOALS:
            bound = GOALS[figure.name][1] * SLACK
            print(f"{figure.name:58} {figure.median:9.2f}   budget {bound:.2f}", flush=True)
            over += [figure.name] * (figure.median > bound)
    return over


if __name__ == "__main__":
    main()
