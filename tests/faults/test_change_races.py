"""Many changes of one image at once, also by two instances of the service: none is lost."""

import itertools
from functools import partial

import pytest

from service.business.upkeep.usage import audit
from service.models.quota import Quota
from service.repositories.aws.dynamodb.images import DynamodbImages
from tests.faults.world import World, at_once
from tests.support.promises import ANY, GONE, facts_of_record

MANY = 200
TAGS = [f"tag-{number:02}" for number in range(19)]
QUOTA = Quota(5)


@pytest.fixture
def embedded_worlds(new_app):
    app = new_app(MAX_IMAGES_PER_USER=str(QUOTA.images))
    service = app.extensions["image_service"]
    return [World(app, service.images, service.objects)]


@pytest.fixture
def aws_worlds(new_app, aws_stores):
    """Two instances of the service on one table and bucket, in real time."""
    images, objects = aws_stores.new_images(QUOTA), aws_stores.new_objects()
    others = DynamodbImages(images.client, images.table_name, QUOTA)
    return [World(new_app(), part, objects) for part in (images, others)]


@pytest.fixture(params=["embedded", "aws"])
def worlds(request):
    return request.getfixturevalue(f"{request.param}_worlds")


@pytest.fixture
def image_id(worlds):
    return worlds[0].upload("k", ["a"]).json["image_id"]


def send(worlds, makers):
    """Send requests at once, each to another instance in turn; return the responses.

    makers: functions of a client, which send one request.
    """
    clients = [
        world.app.test_client() for _, world in zip(makers, itertools.cycle(worlds), strict=False)
    ]
    return at_once([partial(*pair) for pair in zip(makers, clients, strict=True)])


def patch(image_id, **changes):
    """Return a function of a client that changes an image."""
    return lambda client: client.patch(f"/images/{image_id}", json=changes)


def delete(image_id, query=""):
    """Return a function of a client that deletes an image, or moves it to the trash."""
    return lambda client: client.delete(f"/images/{image_id}{query}")


def restore(image_id):
    """Return a function of a client that restores an image."""
    return lambda client: client.post(f"/images/{image_id}/restore")


def batch(image_ids, action, **changes):
    """Return a function of a client that does an action with many images."""
    body = {"image_ids": image_ids, "action": action} | ({"changes": changes} if changes else {})
    return lambda client: client.post("/images/batch", json=body)


def check(worlds, *image_ids):
    """Check everything, of images whose last answer nobody knows."""
    world = worlds[0]
    for image_id in image_ids:
        world.promises.possible[image_id] = {ANY}
    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    world.check_users_see_the_truth()
    assert audit(world.images) == 0


def test_each_change_counts_and_none_is_lost(worlds, image_id):
    changes = [
        patch(image_id, description=str(number), add_tags=[TAGS[number % len(TAGS)]])
        for number in range(MANY)
    ]

    responses = send(worlds, changes)

    answers = {one.json["version"]: one.json for one in responses if one.status_code == 200}
    record = worlds[0].images.get(image_id)
    failed = [one.status_code for one in responses if one.status_code != 200]
    assert len(answers) + len(failed) == MANY
    if len(worlds) == 1:
        # On a busy disk the last ones wait longer for their turn than the store lets them.
        assert len(failed) < MANY / 2
    # An answer of 503 leaves open whether its change was applied.
    assert set(failed) <= {503}
    assert MANY - len(failed) <= record.version - 1 <= MANY
    assert failed or answers[MANY + 1]["tags"] == list(record.tags)
    seen = {"a"}
    for _version, answer in sorted(answers.items()):
        assert seen <= set(answer["tags"])
        seen = set(answer["tags"])
    sent = {number: TAGS[number % len(TAGS)] for number in range(MANY)}
    assert all(sent[int(one["description"])] in one["tags"] for one in answers.values())
    assert seen <= set(record.tags)
    check(worlds, image_id)


def test_the_same_change_counts_once(worlds, image_id):
    changes = [patch(image_id, add_tags=[tag]) for tag in TAGS for _ in range(4)]

    responses = send(worlds, changes)

    assert {one.status_code for one in responses} <= {200, 503}
    record = worlds[0].images.get(image_id)
    acknowledged = [one.json for one in responses if one.status_code == 200]
    assert set(record.tags) >= {tag for answer in acknowledged for tag in answer["tags"]}
    assert record.version == len(record.tags)
    check(worlds, image_id)


def test_one_of_many_with_one_version_wins(worlds, image_id):
    entity_tag = worlds[0].view(image_id).headers["ETag"]
    headers = {"If-Match": entity_tag}

    def change(number):
        changes = {"description": str(number)}
        return lambda client: client.patch(f"/images/{image_id}", json=changes, headers=headers)

    responses = send(worlds, [change(number) for number in range(20)])

    winners = [one.json for one in responses if one.status_code == 200]
    assert sorted(one.status_code for one in responses) == [200] + [412] * 19
    record = worlds[0].images.get(image_id)
    assert (record.version, record.description) == (2, winners[0]["description"])


def test_nothing_changes_what_is_deleted_beside_it(worlds, image_id):
    changes = [patch(image_id, add_tags=[tag]) for tag in TAGS]
    changes[9:9] = [delete(image_id)] * 2

    responses = send(worlds, changes)

    deletes = [one.status_code for one in responses[9:11]]
    assert set(deletes) <= {204, 404, 503}
    assert {one.status_code for one in responses} <= {200, 204, 404, 503}
    assert facts_of_record(worlds[0].images.get(image_id)) == GONE or 204 not in deletes
    check(worlds, image_id)


def test_trash_restore_and_purge_at_once(worlds, image_id):
    others = [worlds[0].upload(tags=["a"]).json["image_id"] for _ in range(2)]
    for world in worlds:
        world.service.changes.trash_days = 0
    makers = []
    for one in (image_id, *others):
        makers += [delete(one, "?trash=true"), restore(one), patch(one, add_tags=["b"])] * 3
    both = [batch(others, "trash"), batch(others, "restore"), batch(others, "update", tags=[])]
    sweeps = [lambda _client: worlds[0].sweep()] * 3

    responses = send(worlds, makers + both + sweeps)

    statuses = {one.status_code for one in responses[: -len(sweeps)]}
    assert statuses <= {200, 204, 404, 409, 503}
    check(worlds, image_id, *others)


def test_batches_of_the_same_images_at_once(worlds):
    image_ids = [worlds[0].upload(tags=["a"]).json["image_id"] for _ in range(4)]
    updates = [batch(image_ids, "update", add_tags=[tag]) for tag in TAGS[:6]]

    responses = send(worlds, updates)

    assert [one.status_code for one in responses] == [200] * 6
    for number, image_id in enumerate(image_ids):
        statuses = [one.json["results"][number]["status"] for one in responses]
        record = worlds[0].images.get(image_id)
        applied = {tag for tag, status in zip(TAGS, statuses, strict=False) if status == 200}
        assert {"a"} | applied <= set(record.tags)
        assert record.version == len(record.tags)
    check(worlds, *image_ids)
