"""What others do between two calls of a change, a delete or a purge does no harm."""

import pytest

from service.models.image import READY, TRASHED
from tests.faults import situations
from tests.faults.world import PICTURE, World
from tests.repositories.stores import read_object
from tests.support.moments import await_next_moment


@pytest.fixture
def image_id(world):
    return situations.image(world)


@pytest.fixture
def other(stores, world):
    """Another instance of the service on the same stores."""
    other = World(stores.app, stores.images, stores.objects)
    other.remember(world)
    # Both are answered by the same app: the last one made would serve its routes.
    stores.app.extensions["image_service"] = world.service
    return other.service


def check_all(world):
    """Check everything."""
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    world.check_users_see_the_truth()


def add_tag(other, image_id, tag="new"):
    """Return a function that adds a tag to an image by way of another instance."""
    return lambda: other.change("ana", image_id, {"add_tags": [tag]})


def test_a_delete_finds_a_tag_that_was_added_beside_it(world, beside, other, image_id):
    beside.before("bury", add_tag(other, image_id))

    response = world.delete(image_id)

    assert response.status_code == 204
    assert world.listed("tags=new") == set()
    check_all(world)


def test_a_change_finds_a_delete_beside_it(world, beside, other, image_id):
    beside.before("change", lambda: other.delete("ana", image_id))

    response = world.client.patch(f"/images/{image_id}", json={"add_tags": ["new"]})

    assert response.status_code == 404
    assert world.listed("tags=new") == set()
    world.promises.possible.pop(image_id)
    check_all(world)


@pytest.mark.parametrize("action", ["change", "trash"])
def test_a_change_keeps_what_was_changed_beside_it(world, beside, other, image_id, action):
    beside.before("change", add_tag(other, image_id))
    world.promises.possible.pop(image_id)

    response = getattr(world, action)(
        image_id, **({"add_tags": ["b2"]} if action == "change" else {})
    )

    shown = world.view(image_id).json
    assert response.status_code in (200, 204)
    assert "new" in shown["tags"]
    assert shown["version"] == (3 if action == "change" else 2)
    world.restore(image_id)
    check_all(world)


@pytest.mark.parametrize("trash", ["", "?trash=true"])
def test_a_delete_keeps_to_the_version_it_was_told(world, beside, other, image_id, trash):
    entity_tag = world.view(image_id).headers["ETag"]
    call = "change" if trash else "bury"
    beside.before(call, lambda: other.change("ana", image_id, {"description": "new"}))
    world.promises.possible.pop(image_id)

    headers = {"If-Match": entity_tag}
    refused = world.client.delete(f"/images/{image_id}{trash}", headers=headers)

    shown = world.view(image_id)
    assert refused.status_code == 412
    assert (shown.json["status"], shown.json["description"]) == (READY, "new")
    headers = {"If-Match": shown.headers["ETag"]}
    assert world.client.delete(f"/images/{image_id}", headers=headers).status_code == 204
    world.promises.possible.pop(image_id)
    check_all(world)


# Before each of: list, list, get, purge.
@pytest.mark.parametrize("number", range(2, 6))
@pytest.mark.parametrize("again", [False, True])
def test_a_purge_leaves_what_was_restored_beside_it(world, beside, image_id, number, again):
    world.trash(image_id, days=0)
    await_next_moment()

    def restore():
        assert world.restore(image_id).status_code == 200
        if again:
            assert world.trash(image_id).status_code == 204
            world.promises.brief.clear()

    beside.before(number, restore)
    figures = world.sweep()

    # Trashed anew, it has its days.
    assert (figures["purged"], figures["skipped"]) == (0, 1)
    assert world.images.get(image_id).state == (TRASHED if again else READY)
    check_all(world)


# Before each of: delete_all, postpone.
@pytest.mark.parametrize("number", [6, 7])
def test_what_is_purged_is_not_restored_beside_it(world, beside, image_id, number):
    world.trash(image_id, days=0)
    await_next_moment()
    answers = []

    def try_it():
        answers.append(world.restore(image_id).status_code)
        answers.append(world.upload("k", ["a", "b"]).status_code)

    beside.before(number, try_it)
    figures = world.sweep()

    assert (figures["purged"], answers) == (1, [404, 409])
    assert world.promises.gone == {image_id}
    check_all(world)
    assert world.upload("k", ["a", "b"]).status_code == 409


def test_a_retry_shows_what_is_in_the_trash(world, image_id):
    world.trash(image_id)

    retried = world.upload("k", ["a", "b"])

    assert (retried.status_code, retried.json["status"]) == (201, TRASHED)
    assert retried.json["image_id"] == image_id
    check_all(world)


@pytest.mark.parametrize("call", ["finish", "put"])
def test_an_upload_meets_the_trash_of_its_retry(world, beside, call):
    def retry_and_trash():
        (slow,) = world.images.all()
        world.images.release(slow)
        made = world.upload("k", ["a"]).json["image_id"]
        assert world.trash(made).status_code == 204

    beside.before(call, retry_and_trash)
    response = world.upload("k", ["a"])

    # The retry has made the image.
    assert (response.status_code, response.json["status"]) == (201, TRASHED)
    check_all(world)


def test_a_key_that_was_given_back_makes_an_image_to_change(world):
    situations.given_back(world)
    image_id = world.begin("k", ["a"]).json["image_id"]
    image = world.images.get(image_id)
    situations.send_again(world, image_id)
    assert image.attempts == 2

    assert world.view(image_id).json["status"] == READY
    assert world.change(image_id, add_tags=["new"]).json["version"] == 2
    assert world.trash(image_id).status_code == 204
    assert world.begin("k", ["a"]).json["status"] == TRASHED
    assert world.restore(image_id).status_code == 200
    check_all(world)


def test_a_direct_upload_without_bytes_is_not_trashed(world):
    image_id = world.begin("k", ["a"]).json["image_id"]

    assert world.client.delete(f"/images/{image_id}?trash=true").status_code == 409
    assert world.client.patch(f"/images/{image_id}", json={"tags": []}).status_code == 409

    assert world.delete(image_id).status_code == 204
    check_all(world)


@pytest.mark.parametrize("restored", [False, True])
def test_bytes_that_come_while_it_is_in_the_trash_go(world, restored):
    image_id = world.arrive(tags=["a"])
    world.view(image_id)
    assert world.trash(image_id).status_code == 204
    situations.send_again(world, image_id)

    if restored:
        world.restore(image_id)
    figures = world.sweep()

    assert figures["settled"] == 1
    assert list(world.objects.list("incoming/")) == []
    record = world.images.get(image_id)
    assert record.state == (READY if restored else TRASHED)
    assert record.due_at == record.purged_at
    assert read_object(world.objects, record.object_key) == PICTURE
    check_all(world)


# Before each of: get, receive, put_thumb, adopt, finish, delete, change.
@pytest.mark.parametrize("number", range(7))
def test_a_completion_beside_its_trash_is_one_image(world, beside, other, number):
    image_id = situations.arrived_unseen(world)
    beside.before(number, lambda: other.view("ana", image_id))

    response = world.trash(image_id)

    assert response.status_code == 204
    check_all(world)


# Before each of: list, list, get, delete_all, settle.
@pytest.mark.parametrize("number", range(2, 7))
@pytest.mark.parametrize("start", ["trash", "restore"])
def test_a_settle_beside_the_trash_loses_no_date(world, beside, number, start):
    image_id = world.arrive(tags=["a"])
    world.view(image_id)
    situations.send_again(world, image_id)
    if start == "restore":
        world.trash(image_id)
    await_next_moment()
    move = getattr(world, start)
    beside.before(number, lambda: move(image_id))

    world.sweep()

    check_all(world)
    record = world.images.get(image_id)
    assert record.due_at == record.purged_at


def test_a_late_repeat_of_the_trash_is_refused(aws_world, wire):
    image_id = situations.image(aws_world)
    wire.fail("TransactWriteItems", "delayed", 1)
    assert aws_world.trash(image_id).status_code == 204
    assert aws_world.restore(image_id).status_code == 200

    wire.land()

    assert aws_world.images.get(image_id).state == READY
    check_all(aws_world)
