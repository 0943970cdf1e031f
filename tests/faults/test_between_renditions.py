"""What others do between two calls that make a rendition does no harm."""

import pytest

from service.business.image_service import ImageService
from service.models.image import READY, changed
from service.models.renditions import THUMB, rendition_key
from tests.support.moments import await_next_moment

# What a view calls whose rendition is missing, after the look whether it is there.
MAKE = ["making", "get", "receive", "put_rendition", "get"]
LATE_THUMB = ["get", *MAKE, "change", "presign_get"]
LARGE = ["get", "rendition_size", *MAKE[:2], "rendition_size", *MAKE[2:], "presign_get"]


@pytest.fixture
def other(stores):
    """The service in another process, on the same stores."""
    inspector = stores.app.extensions["image_service"].inspector
    return ImageService(stores.images, stores.objects, inspector, grace_seconds=0)


@pytest.fixture
def image_id(world):
    """An image without a thumb."""
    return world.upload_without_thumb(["a"])


def check_all(world):
    """Check what users see, before the sweeps and after them."""
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    world.check_users_see_the_truth()


@pytest.mark.parametrize(("name", "calls"), [("thumb", LATE_THUMB), ("large", LARGE)])
@pytest.mark.parametrize("number", range(9))
def test_what_is_deleted_while_it_is_rendered_goes(world, beside, image_id, name, calls, number):
    beside.before(number, lambda: world.delete(image_id))

    response = world.client.get(f"/images/{image_id}?rendition={name}")

    # Only a delete just before the answer comes too late for it.
    assert response.status_code == (200 if number >= calls.index("presign_get") else 404)
    assert world.promises.gone == {image_id}
    check_all(world)


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("name", ["thumb", "large"])
def test_a_sweep_leaves_what_is_rendered_beside_it(world, beside, name, number):
    # An image of a direct upload is due for the sweep.
    image_id = world.arrive(tags=["a"])
    world.view(image_id)
    world.objects.delete(rendition_key(world.images.get(image_id).object_key, THUMB))
    beside.before(number, world.sweep)

    response = world.view(image_id, name)

    assert response.status_code == 200
    assert response.json["renditions"][name]["size"] > 0
    world.view(image_id, "thumb")
    check_all(world)


# Before each of: delete_unfinished, due, list, list, get, delete_all, settle.
@pytest.mark.parametrize("number", range(7))
@pytest.mark.parametrize("name", ["thumb", "large"])
def test_what_is_rendered_beside_a_sweep_stays(world, beside, name, number):
    image_id = world.arrive(tags=["a"])
    world.view(image_id)
    beside.before(number, lambda: world.view(image_id, name))

    assert world.sweep()["settled"] == 1

    assert world.view(image_id, name).json["renditions"][name]["size"] > 0
    check_all(world)


@pytest.mark.parametrize("number", range(2))
@pytest.mark.parametrize("name", ["thumb", "large"])
def test_another_process_may_be_first(world, other, beside, image_id, number, name):
    beside.before(number, lambda: other.view("ana", image_id, name))

    assert world.view(image_id, "thumb").status_code == 200
    assert world.images.get(image_id).rendition(THUMB)
    check_all(world)


# On the embedded store the other one waits.
@pytest.mark.parametrize("stores", ["aws"], indirect=True)
@pytest.mark.parametrize("number", range(2, 7))
@pytest.mark.parametrize("name", ["thumb", "large"])
def test_two_processes_may_render_at_once(world, other, beside, image_id, number, name):
    beside.before(number, lambda: other.view("ana", image_id, name))

    assert world.view(image_id, "thumb").status_code == 200
    assert world.images.get(image_id).rendition(THUMB)
    check_all(world)


def test_another_change_of_the_record_is_kept(world, beside, image_id):
    fault = {"large": {"fault": "Decoding this image takes more memory than it may."}}

    def change():
        image = world.images.get(image_id)
        assert world.images.change(image, changed(image, renditions=fault, revision="r1"))

    beside.before("change", change)

    assert world.view(image_id, "thumb").status_code == 200
    renditions = world.images.get(image_id).renditions
    assert renditions.keys() == {"thumb", "large"}
    assert renditions["large"] == fault["large"]
    check_all(world)


# Before each of: get, receive, put_thumb, adopt, finish, delete, presign_get.
@pytest.mark.parametrize("number", range(7))
def test_of_two_completions_one_thumb_stays(world, beside, number):
    image_id = world.arrive(tags=["a"])
    beside.before(number, lambda: world.view(image_id))

    first, second = world.view(image_id).json, world.view(image_id).json

    # The first one may find no bytes any more, and tell that it waits for them, as it did.
    assert first["status"] == ("pending" if number in (1, 2, 3) else "ready")
    assert (second["status"], list(second["renditions"])) == ("ready", ["thumb"])
    check_all(world)
    assert len(list(world.objects.list("images/"))) == 2


def test_a_completion_that_finds_no_bytes_leaves_no_thumb(world, beside):
    image_id = world.arrive(tags=["a"])

    def complete_and_sweep():
        assert world.view(image_id).json["status"] == "ready"
        await_next_moment()
        assert world.sweep()["settled"] == 1

    beside.before("put_thumb", complete_and_sweep)

    assert world.view(image_id).status_code == 200
    check_all(world)


@pytest.mark.parametrize("call", ["put", "finish"])
def test_an_upload_that_is_taken_over_leaves_no_thumb(world, beside, call):
    def take_over():
        (image,) = world.images.all()
        world.images.release(image)
        assert world.upload("k", ["a"]).status_code == 201

    beside.before(call, take_over)

    response = world.upload("k", ["a"])

    # The first attempt finds the image that the second one has made.
    assert response.status_code == 201
    (image,) = world.images.all()
    assert (image.state, image.attempts) == (READY, 2)
    check_all(world)
    assert len(list(world.objects.list("images/"))) == 2
