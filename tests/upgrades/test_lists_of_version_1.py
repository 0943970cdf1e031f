"""The images of the first version are found by the filters that came later, at once."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("version_1")
FILTERS = {
    "none": ({"none": "beach"}, lambda image: "beach" not in image["tags"]),
    "untagged": ({"untagged": "true"}, lambda image: not image["tags"]),
    "type": (
        {"content_type": "image/jpg,image/tiff"},
        lambda image: image["content_type"] in ("image/jpeg", "image/tiff"),
    ),
    "filename": ({"q": "GRÖSSE 猫"}, lambda image: image["filename"] == "Größe 猫.gif"),
    "description": ({"q": "e\n🌊"}, lambda image: image["description"] == "Écume\n🌊"),
    "tag": ({"q": "ÉT", "user_id": "ana"}, lambda image: "été" in image["tags"]),
    "two tags": (
        {"tags": "beach,cat", "match": "all"},
        lambda image: {"beach", "cat"} <= set(image["tags"]),
    ),
    "trash": ({"status": "trashed"}, lambda image: False),
}


@pytest.fixture
def folder():
    return FOLDER


@pytest.mark.parametrize("name", FILTERS)
def test_it_works(client, uploads, listed, name):
    query, matches = FILTERS[name]
    images = [upload["image"] for upload in uploads("ready")]

    newest, oldest = listed(query), listed(query | {"order": "oldest"})

    assert oldest == newest[::-1]
    assert sorted(newest) == sorted(image["image_id"] for image in images if matches(image))
    assert newest or name == "trash"


def test_dates_bound_them(uploads, listed, expected):
    whole = next(one for one in expected["lists"] if one["query"] == {})["ids"]
    times = {upload["image_id"]: upload["image"]["created_at"] for upload in uploads("ready")}
    middle = sorted(times.values())[len(times) // 2]

    since, until = listed({"created_after": middle}), listed({"created_before": middle})

    assert since + until == whole
    assert {times[image_id] >= middle for image_id in since} == {True}
    assert {times[image_id] >= middle for image_id in until} == {False}
