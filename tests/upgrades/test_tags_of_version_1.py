"""The images of the first version, which counted no tags, are counted by this one."""

from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("version_1")


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def tags(client):
    """Return the counts of a user's tags, or of everyone's."""

    def ask_for(user_id=""):
        rows = client.get(f"/tags?limit=100&user_id={user_id}").json["tags"]
        return {row["tag"]: row["count"] for row in rows}

    return ask_for


def counted(images):
    return Counter(tag for image in images for tag in image["tags"])


def test_all_are_counted(client, store, sweep, tags):
    images = client.get("/images?limit=100").json["images"]
    assert len({image["user_id"] for image in images}) > 1

    at_first = tags()
    figures = sweep()

    assert at_first == ({} if store == "aws" else counted(images))
    assert ("tags_corrected" in figures) == (store == "aws")
    assert tags() == counted(images)
    for user_id in {image["user_id"] for image in images}:
        assert tags(user_id) == counted(i for i in images if i["user_id"] == user_id)
    assert "tags_corrected" not in sweep()


def test_what_changed_before_the_first_sweep_is_right(client, upload, sweep, tags):
    gone, *kept = client.get("/images?limit=100&tags=cat").json["images"]
    client.delete(f"/images/{gone['image_id']}")
    upload(tags="cat,new")

    sweep()

    assert (tags()["cat"], tags()["new"]) == (len(kept) + 1, 1)


def test_a_recount_counts_them_too(store, sweep, tags):
    figures = sweep("--recount")

    assert bool(figures["tags_corrected"]) == (store == "aws")
    assert tags()
    assert "tags_corrected" not in sweep()
