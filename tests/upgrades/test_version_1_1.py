"""This version opens data of 1.1.0, with its thumbs, its trash, its changes and its tags.

It was kept twice: `version_1_1_folders` has totals, and is the last with a folder for each image.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.upgrades.story import CHANGES, object_keys
from tests.upgrades.uploads import as_recorded, ask, bytes_of, fetch, keyed
from tests.upgrades.write_fixture import CHECKSUMS, checksums

FOLDERS = ("version_1_1", "version_1_1_folders")
# Also for tests that get it only through `open_app`.
pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture(params=FOLDERS)
def folder(request):
    return Path(__file__).with_name(request.param)


def test_it_works(client, uploads, view):
    ready = uploads("ready", "changed")

    answers = [view(upload) for upload in ready]

    assert {answer.status_code for answer in answers} == {200}
    for upload, answer in zip(ready, answers, strict=True):
        assert as_recorded(answer.json, upload) == upload["image"]
        assert fetch(client, answer.json["url"]) == bytes_of(upload["request"])


def test_the_files_are_as_they_were_written(folder):
    recorded = json.loads((folder / CHECKSUMS).read_text())

    found = checksums(folder)

    assert len(found) > 20
    assert found == recorded


def test_lists_and_cursors_are_what_they_were(expected, listed):
    lists = expected["lists"]

    assert [listed(one["query"]) for one in lists] == [one["ids"] for one in lists]
    rests = [listed(one["query"], cursor=one["cursor"]) for one in lists]
    assert rests == [one["after"] for one in lists]


def test_renditions_are_there(client, app, uploads, view):
    made = [image for image in map(view, uploads("ready")) if "thumb" in image.json["renditions"]]
    (changed,) = uploads("changed")
    before = object_keys(app.extensions["objects"])
    large = client.get(f"/images/{changed['image_id']}?rendition=large").json

    urls = [image.json["renditions"]["thumb"]["url"] for image in made] + [large["url"]]

    assert len(urls) > 8
    assert {fetch(client, url)[8:12] for url in urls} == {b"WEBP"}
    assert object_keys(app.extensions["objects"]) == before


def test_the_trash_gives_back_what_is_in_it(client, uploads, listed, view):
    (trashed,) = uploads("trashed")
    assert listed({"user_id": "ana", "status": "trashed"}) == [trashed["image_id"]]
    assert as_recorded(view(trashed).json, trashed) == trashed["image"]

    answer = client.post(f"/images/{trashed['image_id']}/restore")

    assert (answer.status_code, answer.json["status"]) == (200, "ready")
    assert fetch(client, answer.json["url"]) == bytes_of(trashed["request"])


def test_a_changed_image_can_be_changed_again(client, uploads, view):
    (changed,) = uploads("changed")
    before = view(changed)
    assert before.json["filename"] == CHANGES["filename"]

    answer = client.patch(
        f"/images/{changed['image_id']}",
        json={"remove_tags": ["new"]},
        headers={"If-Match": before.headers["ETag"]},
    )

    assert answer.status_code == 200
    assert (answer.json["tags"], answer.json["version"]) == (["cat"], before.json["version"] + 1)


def test_the_counts_of_tags_are_right(client):
    images = client.get("/images?limit=100").json["images"]

    rows = client.get("/tags?limit=100").json["tags"]

    counted = Counter(tag for image in images for tag in image["tags"])
    assert {row["tag"]: row["count"] for row in rows} == counted


def test_a_retry_gets_the_image_made_before(client, uploads):
    made = keyed(uploads("ready"))

    answers = [ask(client, upload["request"]) for upload in made]

    assert {answer.status_code for answer in answers} == {201}
    for upload, answer in zip(made, answers, strict=True):
        assert as_recorded(answer.json, upload) == upload["image"]


def test_sweeps_remove_what_nobody_needs_and_no_more(app, expected, sweep):
    objects = app.extensions["objects"]
    before = object_keys(objects)

    for _ in range(3):
        sweep()

    assert before - object_keys(objects) == set(expected["left_over"]) <= before
    assert sweep("--audit")["faults"] == 0
    figures = sweep("--recount")
    assert (figures["corrected"], figures["uncorrected"]) == (0, 0)
