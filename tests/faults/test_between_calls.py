"""What others do between two calls of a sweep, an audit or a completion does no harm."""

import hashlib
import io

import pytest

from service.business.upkeep.audit import Audit
from service.models.image import PENDING, READY
from tests.faults.world import PICTURE
from tests.repositories.stores import read_object
from tests.support import pictures
from tests.support.moments import await_next_moment

# Uncompressed, so that both have as many bytes.
FIRST = pictures.png(4, 4, compress_level=0)
OTHER = pictures.png(4, 4, "red", compress_level=0)
JUNK = bytes(len(FIRST))


# Before each of: list, list, get, delete_all, forget.
@pytest.mark.parametrize("number", range(2, 7))
def test_a_sweep_leaves_an_upload_that_begins_beside_it(world, beside, number):
    world.die("k", ["a"])
    world.sweep()
    answers = []

    def forget_it_and_upload_again():
        answers.append(world.sweep()["forgotten"])
        answers.append(world.upload("k", ["a"]).status_code)

    await_next_moment()
    beside.before(number, forget_it_and_upload_again)
    figures = world.sweep()

    # Another sweep forgets the record: the key is free, and makes an image that is ready.
    assert (answers, figures["skipped"]) == ([1, 201], 1)
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


# Before each of: list, list, get, condemn.
@pytest.mark.parametrize("number", range(2, 6))
@pytest.mark.parametrize("direct", [False, True])
def test_a_sweep_leaves_what_is_finished_beside_it(world, beside, number, direct):
    if direct:
        image_id = world.arrive(tags=["a"])
        beside.before(number, lambda: world.view(image_id))
    else:
        world.images.release(world.die("k", ["a"]))
        beside.before(number, lambda: world.upload("k", ["a"]))

    world.sweep()

    assert len(world.promises.kept) == 1
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


@pytest.mark.parametrize("call", ["put", "finish"])
def test_a_sweep_leaves_an_upload_that_is_running(world, beside, call):
    world.service.attempts.grace_seconds = 600
    beside.before(call, world.sweep)

    response = world.upload(tags=["a"])

    assert response.status_code == 201
    world.check_users_see_the_truth()


# Before each of: list, list, get, delete_all, postpone.
@pytest.mark.parametrize("number", range(2, 7))
def test_a_sweep_leaves_what_another_has_postponed(world, beside, number):
    image_id = world.upload(tags=["a"]).json["image_id"]
    world.delete(image_id)
    await_next_moment()
    others = []
    beside.before(number, lambda: others.append(world.sweep()))

    figures = world.sweep()

    # Bytes may still land late, so the record must stay for another look.
    assert (others[0]["postponed"], figures["skipped"]) == (1, 1)
    assert world.images.get(image_id).swept == 1
    world.check_nothing_is_left_over()


# Before each of: all, has, rendition_size, list, get, list.
@pytest.mark.parametrize("number", range(6))
def test_an_audit_finds_no_fault_in_an_upload_beside_it(world, beside, number):
    world.upload()
    beside.before(number, world.upload)

    figures = Audit(world.service.images, world.service.objects).run()

    assert len(world.promises.kept) == 2
    assert figures["faults"] == 0


@pytest.mark.parametrize(("later", "outcome"), [(OTHER, READY), (JUNK, "refused")])
def test_only_the_bytes_that_were_judged_become_ready(world, beside, later, outcome):
    image_id = world.arrive(FIRST)
    incoming = world.images.get(image_id)
    incoming.sha256 = hashlib.sha256(later).hexdigest()
    beside.before("adopt", lambda: world.objects.put(incoming, io.BytesIO(later)))

    first, second = world.view(image_id).json, world.view(image_id).json

    # What came later is judged by itself, and never shown as what came first.
    assert (first["status"], second["status"]) == (PENDING, outcome)
    if outcome == READY:
        assert second["sha256"] == incoming.sha256
        assert read_object(world.objects, world.images.get(image_id).object_key) == later


def test_a_slow_completion_that_loses_leaves_no_copy(world, beside):
    image_id = world.arrive(tags=["a"])

    def complete_twice():
        beside.before("finish", lambda: world.view(image_id))
        world.view(image_id)

    # Before the sweep reads the record, after it has listed the objects: it will not look again.
    beside.before(4, complete_twice)
    figures = world.sweep()

    assert figures["settled"] == 1
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


# Until bytes were adopted, the answer is that it waits for them, as it did.
@pytest.mark.parametrize(("call", "status"), [("receive", 200), ("adopt", 200), ("finish", 404)])
def test_what_is_deleted_beside_its_completion_is_gone(world, beside, call, status):
    image_id = world.arrive(tags=["a"])
    beside.before(call, lambda: world.delete(image_id))

    viewed = [world.client.get(f"/images/{image_id}") for _ in range(2)]

    assert [response.status_code for response in viewed] == [status, 404]
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


@pytest.mark.parametrize("call", ["refuse", "finish"])
def test_a_retry_whose_image_is_deleted_beside_it_is_told(world, beside, call):
    image_id = world.begin("k", ["a"]).json["image_id"]
    image = world.images.get(image_id)
    content = PICTURE if call == "finish" else bytes(len(PICTURE))
    image.sha256 = hashlib.sha256(content).hexdigest()
    world.objects.put(image, io.BytesIO(content))
    beside.before(call, lambda: world.delete(image_id))

    retried = world.begin("k", ["a"])

    assert retried.status_code == 409
    assert retried.json["type"] == "/problems/idempotency-key-spent"
    world.check_nothing_is_left_over()
