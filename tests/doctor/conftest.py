import contextlib
import socket

import boto3
import pytest
from moto import mock_aws

from service.app import create_app
from service.common.config import SETTINGS
from service.operators import doctor
from service.operators.doctor.embedded_checks import serving
from service.repositories.aws.provision import provision
from tests.doctor import loopback


@pytest.fixture
def stack():
    with contextlib.ExitStack() as stack:
        yield stack


@pytest.fixture
def site(stack):
    """Run a server until the test ends; return its address."""

    def run(respond, **options):
        return stack.enter_context(serving(loopback.site(respond), **options))

    return run


@pytest.fixture
def aws_app():
    """Build apps on DynamoDB and S3, with the test's own settings."""
    apps = []

    def build(**settings):
        nothing = {name: "" for name, *_ in SETTINGS}
        values = nothing | loopback.SETTINGS | {"LOG_LEVEL": "ERROR"} | settings
        apps.append(create_app(values))
        return apps[-1]

    yield build
    for app in apps:
        app.extensions["readiness"].askers.shutdown()


@pytest.fixture
def moto(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("s3"), boto3.client("dynamodb")


@pytest.fixture
def provisioned(moto, aws_app, site):
    """An app on moto whose bucket and table are complete."""
    app = aws_app(PUBLIC_S3_ENDPOINT_URL=site(loopback.s3_site))
    provision(app.extensions["settings"])
    return app


@pytest.fixture
def dead_address():
    """An address at which no server listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def embedded_app(new_app, dead_address):
    """An app on the embedded store, whose server is not running."""
    return new_app(PORT=dead_address.rpartition(":")[2])


def last(app):
    """Return the last finding as one line; it is the fault, if there is one."""
    *_, finding = doctor.examine(app)
    return "{status} {check}: {detail}".format(**finding)


def concerns(app):
    """Return the findings with the status `concern`, as lines."""
    found = doctor.examine(app)
    return ["{check}: {detail}".format(**one) for one in found if one["status"] == "concern"]
