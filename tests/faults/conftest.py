import time

import pytest
from moto import mock_aws

from service.models.quota import NO_QUOTA
from tests.faults.journeys import JOURNEYS
from tests.faults.steps import Interruption, Stepwise
from tests.faults.wire import Clock, Wire
from tests.faults.world import World
from tests.repositories.stores import AwsStores


@pytest.fixture
def clock(monkeypatch):
    """A clock on which waiting takes no time."""
    clock = Clock(time.monotonic)
    monkeypatch.setattr(time, "monotonic", clock.monotonic)
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


@pytest.fixture(scope="module")
def moto():
    with mock_aws():
        yield


@pytest.fixture(scope="module")
def aws_stores(moto, fault=None):
    return AwsStores()


@pytest.fixture
def wire(clock, aws_stores):
    return Wire(clock, aws_stores.dynamodb, aws_stores.s3)


@pytest.fixture
def quota(request):
    """The quota of the test's journey."""
    given = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    return JOURNEYS[given["journey"]].quota if "journey" in given else NO_QUOTA


@pytest.fixture
def aws_world(new_app, wire, aws_stores, quota):
    return World(new_app(), aws_stores.new_images(quota), aws_stores.new_objects())


@pytest.fixture
def embedded_world(new_app, quota):
    app = new_app(MAX_IMAGES_PER_USER=str(quota.images), MAX_BYTES_PER_USER=str(quota.bytes))
    service = app.extensions["image_service"]
    return World(app, service.images, service.objects)


@pytest.fixture(params=["embedded", "aws"])
def stores(request):
    """A world on each of the two stores."""
    return request.getfixturevalue(f"{request.param}_world")


@pytest.fixture
def beside():
    """What happens between two calls of the test's world."""
    return Interruption()


@pytest.fixture
def world(request, stores):
    """A world on each of the two stores; if the test asks for `beside`, its calls are steps."""
    if "beside" not in request.fixturenames:
        return stores
    beside = request.getfixturevalue("beside")
    return World(stores.app, stores.images, stores.objects, lambda part: Stepwise(part, beside))
