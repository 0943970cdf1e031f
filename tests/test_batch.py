"""POST /images/batch: one action on many images, a result for each."""

import json

import pytest

NONE = "0" * 32


@pytest.fixture
def image_ids(upload):
    """The ids of three images of Ana's."""
    return [upload(tags=f"cat,n{number}").json["image_id"] for number in range(3)]


@pytest.fixture
def batch(client):
    """Send a batch; return the answer."""

    def post(image_ids, action, headers=None, **fields):
        body = {"image_ids": image_ids, "action": action} | fields
        return client.post("/images/batch", json=body, headers=headers)

    return post


def rows(response):
    """Return the results of a batch: (image_id, status, problem) of each."""
    assert response.status_code == 200, response.data
    assert list(response.json) == ["results"]
    return [
        (row["image_id"], row["status"], row.get("problem", {}).get("type"))
        for row in response.json["results"]
    ]


def views(client, image_ids):
    """Return what a view of each image answers: its status as an image, or that of HTTP."""
    answers = [client.get(f"/images/{image_id}") for image_id in image_ids]
    return [answer.json["status"] for answer in answers]


def test_it_works(client, batch, image_ids):
    response = batch(image_ids[:2], "update", changes={"add_tags": ["Sun"], "description": "x"})

    assert response.json == {
        "results": [{"image_id": image_id, "status": 200} for image_id in image_ids[:2]]
    }
    assert response.headers["Cache-Control"] == "no-store"
    assert "ETag" not in response.headers
    images = [client.get(f"/images/{image_id}").json for image_id in image_ids]
    assert [image["tags"] for image in images] == [
        ["cat", "n0", "sun"], ["cat", "n1", "sun"], ["cat", "n2"],
    ]  # fmt: skip
    assert [image["version"] for image in images] == [2, 2, 1]
    assert client.get("/images?tags=sun").json["count"] == 2


@pytest.mark.parametrize(
    ("action", "status", "after"),
    [("delete", 204, 404), ("trash", 204, "trashed"), ("restore", 200, "ready")],
)
def test_each_action_does_what_the_single_one_does(client, batch, image_ids, action, status, after):
    client.delete(f"/images/{image_ids[1]}?trash=true")

    assert rows(batch(image_ids, action)) == [(each, status, None) for each in image_ids]

    assert views(client, image_ids) == [after] * 3
    assert client.get("/images").json["count"] == (3 if after == "ready" else 0)


def test_nothing_is_left_of_what_was_deleted(batch, image_ids, tmp_path):
    batch(image_ids, "delete")

    assert [file for file in tmp_path.rglob("*") if any(i in str(file) for i in image_ids)] == []


@pytest.mark.parametrize("action", ["delete", "trash", "restore", "update"])
def test_a_retry_is_harmless(client, batch, image_ids, action):
    fields = {"changes": {"add_tags": ["sun"]}} if action == "update" else {}
    batch(image_ids, action, **fields)
    before = [client.get(f"/images/{image_id}").json for image_id in image_ids]

    again = batch(image_ids, action, **fields)

    gone = action == "delete"
    assert {status for _, status, _ in rows(again)} == {
        404 if gone else {"trash": 204}.get(action, 200)
    }
    after = [client.get(f"/images/{image_id}").json for image_id in image_ids]
    for name in ("status", "trashed_at", "version", "tags"):
        assert [one.get(name) for one in after] == [one.get(name) for one in before]


def test_rows_stand_in_the_order_sent_with_repeats(client, batch, image_ids):
    first, second, third = image_ids
    sent = [third, NONE, first, third, "x", NONE, "x"]

    found = rows(batch(sent, "update", changes={"description": "y"}))

    missing = "/problems/image-not-found"
    assert found == [
        (third, 200, None), (NONE, 404, missing), (first, 200, None), (third, 200, None),
        ("x", 404, missing), (NONE, 404, missing), ("x", 404, missing),
    ]  # fmt: skip
    versions = [client.get(f"/images/{image_id}").json["version"] for image_id in image_ids]
    assert versions == [2, 1, 2]


def test_a_repeat_is_deleted_once(batch, image_ids):
    first = image_ids[0]

    assert rows(batch([first, first], "delete")) == [(first, 204, None)] * 2
    assert [status for _, status, _ in rows(batch([first], "delete"))] == [404]


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", "0" * 31, "A" * 32, "0" * 33, "\0", "a/b", "../..", "é😀", "\u202e", "<b>", "*",
     "batch", "entry#a", "x" * 10_000, '"', "%00", "\n"],
)  # fmt: skip
def test_a_text_that_is_no_id_is_not_found(client, batch, image_ids, text):
    response = batch([text, image_ids[0]], "trash")

    assert [row["image_id"] for row in response.json["results"]] == [text, image_ids[0]]
    assert [status for _, status, _ in rows(response)] == [404, 204]


def test_a_problem_is_that_of_the_single_route(client, batch, image_ids):
    batch(image_ids[:1], "trash")
    batch(image_ids[1:2], "update", changes={"tags": [f"t{number}" for number in range(20)]})
    changes = {"add_tags": ["new"]}

    response = batch([*image_ids, NONE], "update", changes=changes)

    assert [row["status"] for row in response.json["results"]] == [409, 400, 200, 404]
    for row in response.json["results"]:
        alone = client.patch(f"/images/{row['image_id']}", json=changes)
        assert alone.status_code == row["status"]
        if "problem" in row:
            own = {"request_id": response.headers["X-Request-Id"]}
            assert row["problem"] == alone.json | own
            assert row["problem"]["instance"] == f"/images/{row['image_id']}"
    assert client.get(f"/images/{image_ids[2]}").json["version"] == 2


@pytest.mark.parametrize("action", ["trash", "update"])
def test_what_has_no_bytes_is_told(client, batch, image_ids, begin, action):
    pending = begin().json["image_id"]
    fields = {"changes": {"description": "x"}} if action == "update" else {}

    found = rows(batch([pending, image_ids[0]], action, **fields))

    assert found[0] == (pending, 409, "/problems/image-not-ready")
    assert found[1][1] in (200, 204)
    assert rows(batch([pending], "delete")) == [(pending, 204, None)]


def test_a_hundred_are_the_most(client, batch, image_id):
    assert len(rows(batch([image_id] * 100, "trash"))) == 100

    response = batch([image_id] * 101, "restore")

    assert response.status_code == 400
    assert response.json["errors"] == [
        {"field": "image_ids", "message": "Send a list of 1 to 100 image_ids, as texts."}
    ]
    assert client.get(f"/images/{image_id}").json["status"] == "trashed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image_ids": []}, "image_ids"),
        ({"image_ids": None}, "image_ids"),
        ({"image_ids": NONE}, "image_ids"),
        ({"image_ids": {"0": NONE}}, "image_ids"),
        ({"image_ids": [7]}, "image_ids"),
        ({"image_ids": [NONE, None]}, "image_ids"),
        ({"image_ids": [[NONE]]}, "image_ids"),
        ({"image_ids": ["\ud800"]}, "image_ids"),
        ({"action": "purge"}, "action"),
        ({"action": "DELETE"}, "action"),
        ({"action": ""}, "action"),
        ({"action": None}, "action"),
        ({"action": ["delete"]}, "action"),
        ({"action": "update"}, "changes"),
        ({"action": "update", "changes": None}, "changes"),
        ({"action": "update", "changes": []}, "changes"),
        ({"action": "update", "changes": "x"}, "changes"),
        ({"changes": {}}, "changes"),
        ({"changes": {"tags": ["a"]}}, "changes"),
        ({"action": "update", "changes": {"filename": ""}}, "changes.filename"),
        ({"action": "update", "changes": {"user_id": "bob"}}, "changes.user_id"),
        ({"action": "update", "changes": {"tags": [], "add_tags": []}}, "changes.add_tags"),
        ({"action": "update", "changes": {"description": "\ud800"}}, "changes.description"),
        ({"user_id": "ana"}, "user_id"),
        ({"dry_run": True}, "dry_run"),
    ],
)
def test_a_faulty_request_does_nothing(client, image_id, fields, field):
    body = json.dumps({"image_ids": [image_id], "action": "delete"} | fields)

    response = client.post("/images/batch", data=body, content_type="application/json")

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-fields")
    assert [row["field"] for row in response.json["errors"]] == [field]
    assert client.get(f"/images/{image_id}").json["version"] == 1


@pytest.mark.parametrize("missing", ["image_ids", "action"])
def test_what_is_missing_is_named(client, image_id, missing):
    body = {"image_ids": [image_id], "action": "delete"}
    del body[missing]

    response = client.post("/images/batch", json=body)

    assert [row["field"] for row in response.json["errors"]] == [missing]
    assert response.json["errors"][0]["message"].startswith("Send ")


def test_no_changes_change_nothing(client, batch, image_id):
    assert rows(batch([image_id], "update", changes={})) == [(image_id, 200, None)]
    assert rows(batch([image_id], "trash", changes=None)) == [(image_id, 204, None)]
    assert client.get(f"/images/{image_id}").json["version"] == 1


def test_parameters_are_refused(client, image_id):
    body = {"image_ids": [image_id], "action": "delete"}

    assert client.post("/images/batch?user_id=ana", json=body).status_code == 400
    assert client.get(f"/images/{image_id}").status_code == 200


def test_the_path_has_one_method(client):
    response = client.put("/images/batch", json={})

    assert (response.status_code, response.json["type"]) == (405, "/problems/method-not-allowed")
    assert "POST" in response.headers["Allow"]
    assert client.get("/images/batch").json["type"] == "/problems/image-not-found"


def test_it_is_one_request_for_the_rate_limit(new_app):
    client = new_app(RATE_LIMIT="2/day").test_client()
    body = {"image_ids": [f"{number:032x}" for number in range(100)], "action": "delete"}

    statuses = [client.post("/images/batch", json=body).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
