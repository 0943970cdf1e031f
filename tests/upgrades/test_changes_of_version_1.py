"""Images of the first version can be changed, found and trashed by this version."""

import pytest

from tests.support.moments import await_next_moment
from tests.upgrades.test_version_1 import FOLDER


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def ready(uploads, client):
    """What this version shows of the images that were ready."""
    return [client.get(f"/images/{one['image_id']}").json for one in uploads("ready")]


def listed(client, **query):
    """Return the image_ids of a list."""
    response = client.get("/images", query_string={"limit": 100} | query)
    assert response.status_code == 200, response.json
    return [image["image_id"] for image in response.json["images"]]


def metadata(image):
    """Return what does not depend on the moment of the answer."""
    moving = ("url", "url_expires_at", "renditions")
    return {name: value for name, value in image.items() if name not in moving}


def test_each_has_a_first_version(ready):
    assert {image["version"] for image in ready} == {1}
    assert all(image["updated_at"] == image["created_at"] for image in ready)
    assert {(image["trashed_at"], image["purged_at"]) for image in ready} == {(None, None)}


def test_each_can_be_changed(client, ready):
    for image in ready:
        etag = f'"{image["image_id"]}-1"'
        response = client.patch(
            f"/images/{image['image_id']}",
            json={"add_tags": ["new"], "description": "New words"},
            headers={"If-Match": etag},
        )
        assert (response.status_code, response.json["version"]) == (200, 2)

    image_ids = {image["image_id"] for image in ready}
    assert set(listed(client, tags="new")) == image_ids
    assert set(listed(client, q="new WORDS")) == image_ids


def test_each_comes_back_from_the_trash_as_it_was(client, ready):
    before = listed(client)
    for image in ready:
        assert client.delete(f"/images/{image['image_id']}?trash=true").status_code == 204
    assert listed(client) == []
    assert set(listed(client, status="trashed")) == set(before)

    for image in ready:
        response = client.post(f"/images/{image['image_id']}/restore")
        assert metadata(response.json) == metadata(image)

    assert listed(client) == before
    assert listed(client, status="trashed") == []


def test_the_trash_is_purged(open_app, uploads):
    app = open_app(TRASH_DAYS="0", MAX_IMAGES_PER_USER="1000")
    client = app.test_client()
    image_ids = [one["image_id"] for one in uploads("ready")]
    answer = client.post("/images/batch", json={"image_ids": image_ids, "action": "trash"})
    assert {row["status"] for row in answer.json["results"]} == {204}

    await_next_moment()
    app.extensions["sweep"].run()

    assert {client.get(f"/images/{image_id}").status_code for image_id in image_ids} == {404}
    assert listed(client, status="trashed") == []


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_lists_filter_at_once(client, ready, order):
    by_time = sorted(ready, key=lambda image: (image["created_at"], image["image_id"]))
    by_time = by_time if order == "oldest" else by_time[::-1]

    def ids(accept):
        return [image["image_id"] for image in by_time if accept(image)]

    moment = by_time[len(by_time) // 2]["created_at"]
    queries = {
        "untagged=true": lambda image: not image["tags"],
        "content_type=image/png": lambda image: image["content_type"] == "image/png",
        f"created_after={moment}": lambda image: image["created_at"] >= moment,
        f"created_before={moment}": lambda image: image["created_at"] < moment,
        "q=.": lambda image: "." in f"{image['filename']}{image['description']}",
    }
    for query, accept in queries.items():
        response = client.get(f"/images?limit=100&order={order}&{query}")
        found = [image["image_id"] for image in response.json["images"]]
        assert found == ids(accept), query
        assert found, query
