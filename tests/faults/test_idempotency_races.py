"""Many requests with one Idempotency-Key at once, and after faults and restarts."""

import pytest

from service.models.image import now_text
from tests.faults.world import World, at_once
from tests.support import pictures
from tests.support.promises import GONE

MANY = 20


def test_many_at_once_make_one_image(world):
    responses = at_once([lambda: world.upload("k", ["a"])] * MANY)

    assert {response.status_code for response in responses} <= {201, 409}
    assert all(
        response.headers["Retry-After"] for response in responses if response.status_code == 409
    )
    made = {response.json["image_id"] for response in responses if response.status_code == 201}
    retried = [world.upload("k", ["a"]) for _ in range(3)]
    assert [response.status_code for response in retried] == [201] * 3
    assert made == {response.json["image_id"] for response in retried} == world.listed("")
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


def test_many_at_once_take_over_one_attempt(world):
    world.images.release(world.die("k", ["a"]))

    responses = at_once([lambda: world.upload("k", ["a"])] * MANY)

    assert {response.status_code for response in responses} <= {201, 409}
    assert world.upload("k", ["a"]).status_code == 201
    assert len(world.listed("")) == 1
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()


@pytest.mark.parametrize(("age", "status"), [(30, 409), (61, 201)])
def test_an_attempt_has_a_minute_to_live(world, age, status):
    image = world.die("k", ["a"])
    image.created_at = now_text(-age)
    world.images.take_over(image, image)

    assert world.upload("k", ["a"]).status_code == status


def test_another_request_among_them_is_refused(world):
    others = [lambda: world.upload("k", data=pictures.png(5, 5))]

    responses = at_once([lambda: world.upload("k")] * 5 + others * 5)

    answers = [
        {response.status_code for response in part} for part in (responses[:5], responses[5:])
    ]
    assert {422} in answers
    assert (answers[0] | answers[1]) <= {201, 409, 422}
    assert len(world.listed("")) == 1


def test_users_do_not_share_a_key(world):
    responses = at_once(
        [lambda name=name: world.upload("k", user_id=name) for name in ("ana", "bob", "cleo")]
    )

    assert [response.status_code for response in responses] == [201] * 3
    assert len(world.listed("")) == 3


def test_many_deletes_at_once_are_one(world):
    image_id = world.upload("k", ["a"]).json["image_id"]

    responses = at_once([lambda: world.client.delete(f"/images/{image_id}")] * MANY)

    assert sorted(response.status_code for response in responses) == [204] + [404] * (MANY - 1)
    world.promises.possible[image_id] = {GONE}
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert world.upload("k", ["a"]).status_code == 409


def test_a_key_is_remembered_over_a_restart(new_app, embedded_world):
    made = embedded_world.upload("k", ["a"]).json["image_id"]

    app = new_app()
    service = app.extensions["image_service"]
    again = World(app, service.images, service.objects)

    assert again.upload("k", ["a"]).json["image_id"] == made
    assert again.delete(made).status_code == 204
    assert World(new_app(), service.images, service.objects).upload("k", ["a"]).status_code == 409


@pytest.mark.parametrize("call", ["PutItem", "PutObject", "TransactWriteItems"])
@pytest.mark.parametrize("fault", ["refused", "lost"])
def test_a_retry_after_our_503_succeeds_at_once(aws_world, wire, call, fault):
    wire.fail(call, fault, 2)
    assert aws_world.upload("k", ["a"]).status_code == 503

    response = aws_world.upload("k", ["a"])

    assert response.status_code == 201
    assert aws_world.listed("") == {response.json["image_id"]}


def test_sweeps_at_once_do_no_harm(world):
    kept = world.upload("k", ["a"]).json["image_id"]
    for key in ("1", "2"):
        world.die(key)
    world.images.release(world.die("3", ["a"]))
    world.upload("3", ["a"])

    at_once([world.sweep] * 4)

    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert kept in world.listed("")
