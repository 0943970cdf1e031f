"""Many requests of one user at the edge of a quota: it is never exceeded, nothing is miscounted."""

import itertools

import pytest

from service.business.upkeep.usage import audit
from service.models.quota import Quota, counted
from tests.faults.world import at_once

PLACES = 3
MANY = 12


@pytest.fixture
def quota():
    return Quota(PLACES)


def places(world):
    """Return how many places are taken: what is counted must be what is there."""
    assert audit(world.images) == 0
    return sum(counted(image).images for image in world.images.all())


def test_many_begins(world):
    answers = at_once([lambda: world.begin(tags=["a"])] * MANY)

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {202, 403}
    assert statuses.count(202) == PLACES == places(world)
    world.check_nothing_is_left_over()
    assert places(world) == 0


def test_many_begins_and_uploads(world):
    uploads = [lambda key=str(number): world.upload(key, ["a"]) for number in range(MANY // 2)]

    answers = at_once([lambda: world.begin(tags=["a"])] * (MANY // 2) + uploads)

    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {201, 202, 403}
    assert statuses.count(201) + statuses.count(202) == PLACES == places(world)
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert places(world) == statuses.count(201)


def test_completions_deletes_and_sweeps(world):
    good = [world.arrive(tags=["a"]), world.arrive(tags=["a"])]
    bad = world.arrive(bytes(100))
    views = [lambda image_id=image_id: world.view(image_id) for image_id in (*good, bad)]

    at_once(views * 2 + [lambda: world.delete(good[0]), world.sweep])

    # A view may have seen it ready just before its delete.
    world.promises.possible.pop(good[0])
    assert places(world) <= PLACES
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert places(world) == len(world.listed("user_id=ana")) <= 1


def test_a_key_is_taken_back_by_one(world):
    losers = itertools.repeat(lambda: world.upload("k", ["a"]), MANY)
    image = world.die("k", ["a"])
    assert world.images.condemn(image, image.due_at)

    answers = at_once(list(losers))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert world.upload("k", ["a"]).status_code == 201
    assert places(world) == 1
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
