"""Connections that break, stall or return invalid answers, over real sockets."""

import contextlib

import pytest
from moto.core.models import botocore_stubber

from service.repositories.aws.clients import new_client, new_session
from service.repositories.aws.dynamodb.images import DynamodbImages
from service.repositories.aws.s3_objects import S3Objects
from tests.faults.proxy import store_behind_a_proxy
from tests.faults.wire import answer
from tests.faults.world import World

# The SDK makes two attempts.
FAULTS = [["reset"], ["cut_at_once"], ["reset"] * 2, ["cut_at_once"] * 2, ["cut_soon"] * 2]
FAULTS += [["held"] * 2]


@pytest.fixture(scope="module")
def proxies(moto):
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(store_behind_a_proxy()) for name in ("dynamodb", "s3")}


@pytest.fixture(scope="module")
def clients(proxies, aws_stores):
    """Clients that give up after 0.3 s."""
    session = new_session(aws_stores.settings)
    made = {
        name: new_client(session, aws_stores.settings, name, proxy.url, read_timeout=0.3)
        for name, proxy in proxies.items()
    }
    for client in made.values():
        client.meta.events.unregister("before-send", botocore_stubber)
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def world(new_app, aws_stores, clients):
    images, objects = aws_stores.new_images(), aws_stores.new_objects()
    return World(
        new_app(),
        DynamodbImages(clients["dynamodb"], images.table_name),
        S3Objects(clients["s3"], objects.bucket_name, objects.presigner),
    )


@pytest.mark.parametrize("store", ["dynamodb", "s3"])
@pytest.mark.parametrize("faults", FAULTS, ids="-".join)
def test_broken_connections_do_no_harm(world, proxies, store, faults):
    # An original and its thumb are put at the same time, each with two attempts.
    proxies[store].fail(*faults * (len(faults) if store == "s3" else 1))

    response = world.upload("k", ["a"])

    assert response.status_code == (201 if len(faults) == 1 else 503)
    proxies[store].fail()
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


def test_an_invalid_answer_is_a_fault(aws_world, wire):
    image_id = aws_world.upload().json["image_id"]
    aws_world.delete(image_id)
    wire.fail("ListObjectsV2", lambda request: answer(request, 200, "<ListBucketRes"), 2)

    figures = aws_world.sweep()

    assert figures["failed"] == 1
    aws_world.check_nothing_is_left_over()
