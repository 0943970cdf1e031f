"""Thumbs that S3 takes late or never: uploads go on without them, and no record names them."""

import threading

import pytest

from tests.faults.wire import failure, name_of
from tests.faults.world import PICTURE

CONFLICT = "ConditionalRequestConflict"


class SlowThumbs:
    """An HTTP session that holds every put of a rendition until it is let go."""

    def __init__(self, wire):
        self.wire = wire
        self.let_go = threading.Event()
        self.held = []

    def send(self, request):
        """Answer as the wire does, a rendition only when it is let go."""
        if name_of(request) == "PutRendition":
            self.held.append(request.url)
            self.let_go.wait(30)
        return self.wire.send(request)


@pytest.fixture
def slow(wire, aws_stores):
    """The session of the client for S3, which holds renditions."""
    session = aws_stores.s3._endpoint.http_session = SlowThumbs(wire)
    yield session
    session.let_go.set()


@pytest.mark.parametrize("fault", ["refused", "lost", "delayed"])
@pytest.mark.parametrize("tags", [[], ["a"]])
def test_an_upload_goes_on_without_its_thumb(aws_world, wire, fault, tags):
    wire.fail("PutRendition", fault, 2)

    image = aws_world.upload(tags=tags).json

    assert (wire.left, image["status"], image["renditions"]) == (0, "ready", {})
    viewed = aws_world.view(image["image_id"], "thumb").json
    assert viewed["renditions"]["thumb"]["size"] > 0
    wire.land()
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


@pytest.mark.parametrize("fault", ["refused", "lost", "delayed"])
def test_a_direct_upload_goes_on_without_its_thumb(aws_world, wire, fault):
    image_id = aws_world.arrive(tags=["a"])
    wire.fail("PutRendition", fault, 2)

    image = aws_world.view(image_id).json

    assert (wire.left, image["status"], image["renditions"]) == (0, "ready", {})
    wire.land()
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def test_a_late_thumb_is_not_waited_for(aws_world, slow):
    arrived = aws_world.arrive()

    images = [aws_world.upload().json, aws_world.view(arrived).json]
    aws_world.delete(images[0]["image_id"])
    slow.let_go.set()
    aws_world.objects.puts.thumbs.shutdown()

    assert [image["renditions"] for image in images] == [{}, {}]
    assert len(slow.held) == 2
    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def test_an_upload_needs_no_thread_for_its_thumb(aws_world):
    aws_world.objects.puts.thumbs.shutdown()

    image = aws_world.upload().json

    assert (image["status"], image["renditions"]) == ("ready", {})
    aws_world.check_nothing_is_left_over()


@pytest.mark.parametrize("name", ["thumb", "large"])
def test_what_others_are_just_putting_is_not_named(aws_world, wire, name):
    image_id = aws_world.upload_without_thumb(["a"])
    wire.fail("PutRendition", lambda request: failure(request, 409, CONFLICT), 1)

    busy = aws_world.view(image_id, name)

    # The other one may fail after all: then there is none.
    assert (busy.status_code, wire.left) == (503, 0)
    assert aws_world.view(image_id).json["renditions"] == {}
    assert aws_world.view(image_id, name).json["renditions"][name]["size"] > 0
    aws_world.check_users_see_the_truth()


@pytest.mark.parametrize("tags", [[], ["a"]])
@pytest.mark.parametrize("call", ["PutRendition", "UpdateItem", "TransactWriteItems"])
def test_a_late_thumb_that_meets_a_delete_goes(aws_world, wire, tags, call):
    image_id = aws_world.upload_without_thumb(tags)
    wire.fail(call, "delayed", 2)

    aws_world.view(image_id, "thumb")
    wire.listen()
    assert aws_world.delete(image_id).status_code == 204
    aws_world.sweep()
    wire.land()

    aws_world.check_users_see_the_truth()
    aws_world.check_nothing_is_left_over()


def test_a_late_large_rendition_is_the_images_own(aws_world, wire):
    image_id = aws_world.upload(data=PICTURE).json["image_id"]
    wire.fail("PutRendition", "delayed", 2)

    assert aws_world.view(image_id, "large").status_code == 503
    wire.land()

    assert aws_world.view(image_id, "large").status_code == 200
    aws_world.check_nothing_is_left_over()
