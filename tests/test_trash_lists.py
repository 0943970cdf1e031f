"""`GET /images?status=trashed`: the list of the trash, and its filters."""

import pytest

from tests.support import pictures
from tests.support.moments import await_next_moment

UPLOADS = {
    "a.png": {"tags": "beach", "data": pictures.png(8, 8)},
    "b.jpg": {"tags": "beach,sea", "data": pictures.jpeg(8, 8), "description": "Low tide"},
    "c.gif": {"tags": "", "data": pictures.gif(8, 8)},
}


@pytest.fixture
def trashed(upload, client):
    """Upload three images and one more, and move the three to the trash, the newest first."""
    images = {}
    for filename, fields in UPLOADS.items():
        await_next_moment()
        images[filename] = upload(filename=filename, **fields).json
    upload(filename="kept.png", tags="beach")
    for image in reversed(images.values()):
        await_next_moment()
        assert client.delete(f"/images/{image['image_id']}?trash=true").status_code == 204
    return images


@pytest.fixture
def names(client, trashed):
    """Return the file names of a list of the trash."""

    def listed(**query):
        response = client.get("/images", query_string=query | {"status": "trashed"})
        assert {image["status"] for image in response.json["images"]} <= {"trashed"}
        return [image["filename"] for image in response.json["images"]]

    return listed


def test_it_works(client, names, trashed):
    image = client.get("/images?status=trashed&limit=1").json["images"][0]

    assert names() == names(user_id="ana") == ["a.png", "b.jpg", "c.gif"]
    assert names(order="oldest") == ["c.gif", "b.jpg", "a.png"]
    assert image["trashed_at"] < image["purged_at"]
    assert client.get(image["url"], buffered=True).status_code == 200
    assert [one["filename"] for one in client.get("/images").json["images"]] == ["kept.png"]


def test_all_filters_work_there(names, trashed):
    since = trashed["b.jpg"]["created_at"]

    assert names(tags="beach") == names(none="rock", tags="sea,beach") == ["a.png", "b.jpg"]
    assert names(tags="beach,sea", match="all") == names(q="TIDE") == ["b.jpg"]
    assert names(untagged="true") == names(content_type="image/gif") == ["c.gif"]
    # The order goes by the time of trashing, dates by that of the upload.
    assert names(created_after=since) == ["b.jpg", "c.gif"]
    assert names(created_before=since, q="a") == ["a.png"]
    assert names(user_id="bob") == []


def test_its_pages_follow_each_other(client, names):
    found, path = [], "/images?status=trashed&limit=1&order=oldest&created_after=2026-01-01"
    while path:
        response = client.get(path)
        found += [image["filename"] for image in response.json["images"]]
        path = response.headers.get("Link", "").partition(">")[0][1:]

    assert found == names(order="oldest")


def test_what_is_restored_has_its_place_again(client, names, trashed):
    client.post(f"/images/{trashed['b.jpg']['image_id']}/restore")

    assert names() == ["a.png", "c.gif"]
    for query in ("tags=beach", "q=.&none=rock", "created_after=2026-01-01"):
        listed = client.get(f"/images?{query}").json["images"]
        assert [image["filename"] for image in listed] == ["kept.png", "b.jpg"]
