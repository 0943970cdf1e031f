"""The images of the first version, which kept no totals, are in the totals of this one."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("version_1")


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def figures(app, sweep):
    """Return what the command tells of images; the audit finds no fault in it."""

    def read():
        result = app.test_cli_runner().invoke(args=["stats", "--json"])
        assert sweep("--audit").get("miscounted_totals", 0) == 0
        return json.loads(result.stdout)

    return read


def test_all_are_counted(client, store, figures):
    images = client.get("/images?limit=100").json["images"]

    counted = figures()

    free_bytes = counted.pop("free_bytes")
    assert counted == {
        "images": len(images),
        "bytes": sum(image["size"] for image in images),
        "trashed_images": 0,
        "trashed_bytes": 0,
        "users": len({image["user_id"] for image in images}),
    }
    assert (free_bytes is None) == (store == "aws")


def test_what_changes_then_is_counted_too(client, upload, figures):
    gone, trashed, *kept = client.get("/images?limit=100").json["images"]

    client.delete(f"/images/{gone['image_id']}")
    client.delete(f"/images/{trashed['image_id']}?trash=true")
    upload(user_id="a-new-user")

    counted = figures()
    users = {image["user_id"] for image in (trashed, *kept)} | {"a-new-user"}
    assert (counted["images"], counted["trashed_images"]) == (len(kept) + 1, 1)
    assert counted["trashed_bytes"] == trashed["size"]
    assert counted["users"] == len(users)
