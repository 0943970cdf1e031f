"""PATCH: what changes of an image, what stays, and what is refused."""

import json

import pytest

from tests.support.moments import await_next_moment

KEY = {"Idempotency-Key": "k1"}
# What differs between two views of an image that did not change.
FLEETING = {"url", "url_expires_at", "renditions"}


@pytest.fixture
def cat(upload):
    """The JSON of an image of Ana's with every field."""
    return upload(filename="cat.png", tags="cat,pet", description="Asleep", headers=KEY).json


@pytest.fixture
def change(client, cat):
    """Change the image; return the answer. Arguments are the fields of the body."""
    path = f"/images/{cat['image_id']}"
    # The client's own JSON cannot have half a surrogate pair.
    return lambda **fields: client.patch(
        path, data=json.dumps(fields), content_type="application/merge-patch+json"
    )


def lasting(image):
    """Return what two views of an image have in common if it did not change."""
    return {name: value for name, value in image.items() if name not in FLEETING}


def test_it_works(client, cat, change):
    await_next_moment()
    response = change(filename="a/Kitten.png", description="Awake\r\n", tags=["Pet", " awake "])

    assert response.status_code == 200
    changed = response.json
    assert changed["filename"] == "Kitten.png"
    assert changed["description"] == "Awake\n"
    assert changed["tags"] == ["awake", "pet"]
    assert changed["version"] == cat["version"] + 1
    assert changed["updated_at"] > cat["updated_at"]
    others = {"filename", "description", "tags", "version", "updated_at"}
    assert {name for name in lasting(cat) if cat[name] != changed[name]} == others
    assert lasting(client.get(f"/images/{cat['image_id']}").json) == lasting(changed)
    assert [lasting(image) for image in client.get("/images").json["images"]] == [lasting(changed)]


def test_the_answer_has_the_headers_of_a_view(client, cat, change):
    answers = change(description="x"), client.get(f"/images/{cat['image_id']}")

    for answer in answers:
        assert answer.content_type == "application/json"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["ETag"] == f'"{cat["image_id"]}-2"'


@pytest.mark.parametrize(
    "kind", ["application/merge-patch+json", "Application/JSON; charset=utf-8"]
)
def test_both_content_types_are_taken(client, cat, kind):
    path = f"/images/{cat['image_id']}"

    response = client.patch(path, data='{"description": "Awake"}', content_type=kind)

    assert (response.status_code, response.json["description"]) == (200, "Awake")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"description": None}, {"description": None}),
        ({"description": ""}, {"description": None}),
        ({"description": " "}, {"description": " "}),
        ({"tags": None}, {"tags": []}),
        ({"tags": []}, {"tags": []}),
        ({"tags": ""}, {"tags": []}),
        ({"tags": "b, A,b"}, {"tags": ["a", "b"]}),
        ({"add_tags": ["Sun", "cat"]}, {"tags": ["cat", "pet", "sun"]}),
        ({"add_tags": "sun,sea"}, {"tags": ["cat", "pet", "sea", "sun"]}),
        ({"remove_tags": ["CAT", "dog"]}, {"tags": ["pet"]}),
        ({"remove_tags": ["cat", "pet"]}, {"tags": []}),
        ({"add_tags": ["sun"], "remove_tags": ["pet"]}, {"tags": ["cat", "sun"]}),
        ({"add_tags": None, "remove_tags": ["pet"]}, {"tags": ["cat"]}),
        ({"filename": "C:\\photos\\dog.png"}, {"filename": "dog.png"}),
        ({"filename": "e\u0301.png"}, {"filename": "\u00e9.png"}),
    ],
)
def test_only_what_is_named_changes(cat, change, fields, expected):
    changed = change(**fields).json

    own = {"version": 2, "updated_at": changed["updated_at"]}
    assert lasting(changed) == lasting(cat) | expected | own


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"filename": "cat.png"},
        {"description": "Asleep"},
        {"tags": ["pet", "cat", "CAT"]},
        {"add_tags": ["cat"]},
        {"add_tags": []},
        {"remove_tags": None},
        {"remove_tags": ["dog"]},
    ],
)
def test_what_changes_nothing_keeps_the_version(cat, change, fields):
    response = change(**fields)

    assert response.status_code == 200
    assert lasting(response.json) == lasting(cat)
    assert response.headers["ETag"] == f'"{cat["image_id"]}-1"'


def test_a_retry_is_safe(change):
    first = change(description="Awake", add_tags=["sun"]).json
    second = change(description="Awake", add_tags=["sun"]).json

    assert lasting(first) == lasting(second)
    assert second["version"] == 2


def test_lists_follow_the_tags(client, cat, change):
    change(add_tags=["sun"], remove_tags=["cat"])

    for tag, count in (("sun", 1), ("pet", 1), ("cat", 0)):
        assert client.get(f"/images?tags={tag}").json["count"] == count
        assert client.get(f"/images?tags={tag}&user_id=ana").json["count"] == count


def test_the_bytes_and_the_download_follow_the_name(client, cat, change, picture):
    change(filename="Kätzchen.png")

    url = client.get(f"/images/{cat['image_id']}?download=true").json["url"]
    response = client.get(url, buffered=True)

    assert response.data == picture
    assert "K%C3%A4tzchen.png" in response.headers["Content-Disposition"]
    assert client.get(cat["url"], buffered=True).data == picture


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"filename": None}, "filename", "not null"),
        ({"filename": ""}, "filename", "1 to 255"),
        ({"filename": "a/"}, "filename", "1 to 255"),
        ({"filename": "a\0"}, "filename", "control characters"),
        ({"filename": 7}, "filename", "Send text"),
        ({"description": ["a"]}, "description", "Send text"),
        ({"description": "a" * 1001}, "description", "1000"),
        ({"description": "\ud800"}, "description", "valid Unicode"),
        ({"tags": {}}, "tags", "a list of texts"),
        ({"tags": ["a,b"]}, "tags", "without a comma"),
        ({"tags": [f"t{n}" for n in range(21)]}, "tags", "at most 20"),
        ({"add_tags": [f"t{n}" for n in range(21)]}, "add_tags", "at most 20"),
        ({"remove_tags": [f"t{n}" for n in range(21)]}, "remove_tags", "at most 20"),
        ({"add_tags": [""]}, "add_tags", "1 to 50"),
        ({"remove_tags": [None]}, "remove_tags", "a list of texts"),
        ({"tags": ["a"], "add_tags": ["b"]}, "add_tags", "replaces all tags"),
        ({"tags": None, "remove_tags": ["b"]}, "remove_tags", "replaces all tags"),
        ({"tags": ["a"], "add_tags": []}, "add_tags", "replaces all tags"),
        ({"add_tags": ["a"], "remove_tags": ["b", " A"]}, "remove_tags", "or remove it: a"),
        ({"add_tags": [f"t{n}" for n in range(19)]}, "add_tags", "20"),
        ({"user_id": "ana"}, "user_id", "filename, tags, description, add_tags, remove_tags"),
        ({"strip": True}, "strip", "Unknown name"),
        ({"version": 1}, "version", "Unknown name"),
        ({"image_data": "AAAA"}, "image_data", "Unknown name"),
        ({"tags[]": ["a"]}, "tags[]", "Unknown name"),
    ],
)
def test_wrong_fields_are_refused_by_name(client, cat, change, fields, field, words):
    fields = {"description": "Awake"} | fields

    response = change(**fields)

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-fields")
    (row,) = response.json["errors"]
    assert row["field"] == field
    assert words in row["message"]
    assert lasting(client.get(f"/images/{cat['image_id']}").json) == lasting(cat)


def test_tags_may_be_exchanged_at_the_limit(change):
    full = change(tags=[f"t{n:02}" for n in range(20)])
    exchanged = change(add_tags=["new"], remove_tags=["t00"])

    assert len(full.json["tags"]) == len(exchanged.json["tags"]) == 20
    assert change(add_tags=["newer"]).status_code == 400
    assert change(add_tags=["new"]).status_code == 200


def test_parameters_are_refused(client, cat):
    response = client.patch(f"/images/{cat['image_id']}?description=x", json={})

    assert response.status_code == 400
    assert response.json["errors"][0]["message"].startswith("Remove it from the URL.")


@pytest.mark.parametrize("image_id", ["x", "0" * 32, "%00", "entry%23a", "batch", "\u00e9"])
def test_what_is_not_there_is_not_found(client, image_id):
    response = client.patch(f"/images/{image_id}", json={"description": "x"})

    assert (response.status_code, response.json["type"]) == (404, "/problems/image-not-found")


def test_a_deleted_image_stays_deleted(client, cat, change):
    client.delete(f"/images/{cat['image_id']}")

    assert change(description="x").status_code == 404
    assert client.get(f"/images/{cat['image_id']}").status_code == 404


def test_an_image_in_the_trash_is_restored_first(client, cat, change):
    client.delete(f"/images/{cat['image_id']}?trash=true")

    response = change(description="Awake")
    client.post(f"/images/{cat['image_id']}/restore")

    assert (response.status_code, response.json["type"]) == (409, "/problems/image-trashed")
    assert "/restore" in response.json["detail"]
    assert change(description="Awake").json["description"] == "Awake"


@pytest.mark.parametrize("data", [None, b"\0"])
def test_a_direct_upload_without_its_bytes_is_not_changed(client, begin, send, data):
    begun = begin(size=1)
    if data:
        send(begun.json["upload"], data)

    response = client.patch(begun.headers["Location"], json={"description": "x"})

    assert (response.status_code, response.json["type"]) == (409, "/problems/image-not-ready")
    assert client.get(begun.headers["Location"]).json["description"] is None


def test_a_direct_upload_is_changed_once_its_bytes_are_there(client, begin, send):
    begun = begin()
    send(begun.json["upload"])

    changed = client.patch(begun.headers["Location"], json={"description": "x"}).json

    assert (changed["status"], changed["description"], changed["version"]) == ("ready", "x", 2)


def test_an_upload_repeated_after_a_change_keeps_it(upload, cat, change):
    changed = change(filename="dog.png", tags=["dog"]).json

    again = upload(filename="cat.png", tags="cat,pet", description="Asleep", headers=KEY)

    assert (again.status_code, again.headers["ETag"]) == (201, f'"{cat["image_id"]}-2"')
    assert lasting(again.json) == lasting(changed)
