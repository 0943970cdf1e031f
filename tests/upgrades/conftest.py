"""Apps on the data of an earlier version; each test has a copy of its own."""

import json
import shutil

import pytest
from moto import mock_aws

from service.app import create_app
from tests.repositories.stores import AwsStores, aws_settings
from tests.upgrades import aws_data


@pytest.fixture(params=["embedded", "aws"])
def store(request):
    return request.param


@pytest.fixture
def expected(folder, store):
    """What the earlier version answered. Each test file has a `folder` of its own."""
    return json.loads((folder / store / "expected.json").read_text())


@pytest.fixture
def open_app(request, store):
    """Return a function that opens the data with this version and returns the app."""
    return request.getfixturevalue(f"open_{store}")


@pytest.fixture
def open_embedded(folder, new_app, tmp_path):
    shutil.copytree(folder / "embedded", tmp_path / "data")
    return new_app


@pytest.fixture(scope="module")
def aws_stores():
    with mock_aws():
        yield AwsStores()


@pytest.fixture
def open_aws(folder, aws_stores):
    images, objects = aws_stores.new_images(), aws_stores.new_objects()
    aws_data.load(images, objects, folder / "aws")
    apps = []

    def build(**settings):
        apps.append(create_app(aws_settings(images, objects) | settings))
        return apps[-1]

    yield build
    for app in apps:
        app.extensions["readiness"].askers.shutdown()


@pytest.fixture
def app(open_app):
    """The app on the data of the earlier version; it counts what users keep."""
    return open_app(MAX_IMAGES_PER_USER="1000")


@pytest.fixture
def uploads(expected):
    """Return a function that returns the uploads with certain results, in their order."""

    def find(*became):
        found = [upload for upload in expected["uploads"] if upload["became"] in became]
        assert {upload["became"] for upload in found} == set(became)
        return found

    return find


@pytest.fixture
def view(client):
    """Return a function that views an upload's image and returns the response."""
    return lambda upload: client.get(f"/images/{upload['image_id']}")


@pytest.fixture
def listed(client):
    """Return a function that returns the image_ids of a list, or of its rest after a cursor."""

    def ask_for(query, **more):
        page = client.get("/images", query_string=query | {"limit": 100} | more).json
        return [image["image_id"] for image in page["images"]]

    return ask_for
