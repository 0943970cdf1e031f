"""Apps on both stores, and exports of them."""

import json

import pytest
from moto import mock_aws

from service.app import create_app
from tests.repositories.stores import AwsStores, aws_settings


@pytest.fixture(scope="module")
def aws_stores():
    with mock_aws():
        yield AwsStores()


@pytest.fixture(params=["embedded", "aws"])
def app(request):
    """The app on each store."""
    return request.getfixturevalue(f"{request.param}_app")


@pytest.fixture
def embedded_app(new_app):
    return new_app()


@pytest.fixture
def aws_app(aws_stores):
    app = create_app(aws_settings(aws_stores.new_images(), aws_stores.new_objects()))
    yield app
    app.extensions["readiness"].askers.shutdown()


@pytest.fixture
def bag(tmp_path):
    return tmp_path / "bag"


@pytest.fixture
def export(app, bag):
    """Run the command; return its figures, or with another exit code what it says."""

    def run(*options, code=0, folder=bag):
        result = app.test_cli_runner().invoke(args=["export", str(folder), *options])
        assert result.exit_code == code, result.stderr
        if code:
            return result.stderr
        assert result.stderr == ""
        return json.loads(result.stdout.splitlines()[-1])

    return run
