"""Stores with and without images, and restores of what was exported from one to another."""

import io
import itertools
import json

import pytest
from moto import mock_aws

from service.app import create_app
from tests.repositories.stores import AwsStores, aws_settings
from tests.support import pictures


@pytest.fixture(scope="module")
def aws_stores():
    with mock_aws():
        yield AwsStores()


@pytest.fixture
def new_embedded(new_app, tmp_path):
    """Make apps on embedded stores of their own."""
    numbers = itertools.count()
    return lambda **settings: new_app(DATA_DIR=str(tmp_path / f"store-{next(numbers)}"), **settings)


@pytest.fixture
def new_aws(aws_stores):
    """Make apps on tables and buckets of their own."""
    apps = []

    def build(**settings):
        own = aws_settings(aws_stores.new_images(), aws_stores.new_objects())
        apps.append(create_app(own | settings))
        return apps[-1]

    yield build
    for app in apps:
        app.extensions["readiness"].askers.shutdown()


@pytest.fixture(params=["embedded", "aws"])
def new_store(request):
    """Make apps on empty stores, of each kind."""
    return request.getfixturevalue(f"new_{request.param}")


@pytest.fixture
def source(new_embedded):
    """An app whose images are exported."""
    return new_embedded()


@pytest.fixture
def bag(tmp_path):
    return tmp_path / "bag"


@pytest.fixture
def upload():
    """Upload a picture to an app; return its image_id."""
    colours = itertools.count()

    def post(app, key=None, data=None, name="cat.png", code=201, **fields):
        data = data or pictures.png(8 + next(colours), 8)
        form = {"user_id": "ana", "image_data": (io.BytesIO(data), name)} | fields
        headers = {"Idempotency-Key": key} if key else None
        response = app.test_client().post("/images", data=form, headers=headers)
        assert response.status_code == code, response.json
        return response.json.get("image_id")

    return post


@pytest.fixture
def export(source, bag):
    """Export the images of the source."""

    def run(*options):
        result = source.test_cli_runner().invoke(args=["export", str(bag), *options])
        assert (result.exit_code, result.stderr) == (0, "")

    return run


@pytest.fixture
def restore(bag):
    """Restore the bag into an app; return (figures that are not 0, what was said)."""

    def run(app, *options, code=0):
        result = app.test_cli_runner().invoke(args=["restore", str(bag), *options])
        assert result.exit_code == code, result.stderr
        if not result.stdout:
            return {}, result.stderr
        figures = json.loads(result.stdout.splitlines()[-1])
        return {word: count for word, count in figures.items() if count}, result.stderr

    return run
