"""Clocks that step back, stand still or run ahead."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from service.models.image import utc_text
from tests.faults.world import FIELDS, PICTURE, measured

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


def add_at(world, seconds):
    """Store an image with the service's clock at so many seconds after noon; return its id."""
    image = world.service.attempts.new(
        FIELDS | {"tags": ["a"]} | measured(world.service, io.BytesIO(PICTURE)), None
    )
    image.created_at = utc_text(NOON + timedelta(seconds=seconds))
    image.due_at = None
    world.objects.put(image, io.BytesIO(PICTURE))
    assert world.images.begin(image)
    assert world.images.finish(image)
    return image.image_id


def walk(world, query, *, between=lambda: None):
    """Return the pages of a list as image_ids; something happens between any two."""
    path, pages = f"/images?{query}", []
    while path:
        response = world.client.get(path)
        assert response.status_code == 200
        pages.append([image["image_id"] for image in response.json["images"]])
        cursor = response.json["next_cursor"]
        path = f"/images?{query}&cursor={cursor}" if cursor else None
        between()
    return pages


@pytest.mark.parametrize("query", ["limit=2", "limit=2&user_id=ana", "limit=2&tags=a"])
def test_ties_are_ordered_and_pages_full(world, query):
    ids = sorted((add_at(world, 0) for _ in range(7)), reverse=True)

    pages = walk(world, query)

    assert pages == [ids[0:2], ids[2:4], ids[4:6], ids[6:]]


@pytest.mark.parametrize("step", [-3600, -1, 0, 3600])
def test_a_walk_survives_a_clock_that_steps(world, step):
    before = [add_at(world, second) for second in range(6)]

    pages = walk(world, "limit=2", between=lambda: add_at(world, 5 + step))

    seen = [image_id for page in pages for image_id in page]
    assert [image_id for image_id in seen if image_id in before] == before[::-1]
    assert len(seen) == len(set(seen))
    assert all(len(page) == 2 for page in pages[:-1])


def test_an_image_from_the_future_harms_nobody(world):
    image = world.die()
    world.view(add_at(world, 10**8))

    world.check_users_see_the_truth()
    world.check_nothing_is_left_over()
    assert world.images.get(image.image_id) is None
