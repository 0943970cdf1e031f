"""ETag and If-Match: nobody undoes a change of another by accident."""

import time

import pytest

from tests.support import pictures

STALE = '"0123456789abcdef0123456789abcdef-1"'


@pytest.fixture
def path(image_id):
    """The path of an image of Ana's."""
    return f"/images/{image_id}"


@pytest.fixture
def ask(client, path):
    """Send a request about the image with a condition; return the answer."""

    def send(verb, condition):
        method, rest, body = VERBS[verb]
        headers = {"If-Match": condition}
        return client.open(path + rest, method=method, json=body, headers=headers)

    return send


# By name: method, what follows the image's path, body.
VERBS = {
    "change": ("PATCH", "", {"description": "Awake"}),
    "delete": ("DELETE", "", None),
    "trash": ("DELETE", "?trash=true", None),
    "restore": ("POST", "/restore", None),
}
each_verb = pytest.mark.parametrize("verb", VERBS)


def etag_of(client, path):
    """Return the ETag of a view."""
    return client.get(path).headers["ETag"]


def test_it_works(client, path, image_id):
    first = etag_of(client, path)
    mine = client.patch(path, json={"description": "mine"}, headers={"If-Match": first})
    theirs = client.patch(path, json={"description": "theirs"}, headers={"If-Match": first})

    assert first == f'"{image_id}-1"'
    assert (mine.status_code, mine.headers["ETag"]) == (200, f'"{image_id}-2"')
    assert (theirs.status_code, theirs.json["type"]) == (412, "/problems/changed-meanwhile")
    assert "ETag" not in theirs.headers
    assert client.get(path).json["description"] == "mine"


def test_the_etag_stands_for_the_version_alone(client, path):
    client.patch(path, json={"tags": ["a"]})

    tags = [
        etag_of(client, path),
        etag_of(client, f"{path}?expires_in=60"),
        etag_of(client, f"{path}?rendition=large&download=true"),
        client.head(path).headers["ETag"],
        client.patch(path, json={}).headers["ETag"],
    ]
    client.delete(f"{path}?trash=true")
    tags += [etag_of(client, path), client.post(f"{path}/restore").headers["ETag"]]

    assert set(tags) == {f'"{path.rpartition("/")[2]}-2"'}


def test_every_upload_answers_one(client, upload, upload_json, begin, send):
    begun = begin(headers={"Idempotency-Key": "k1"})
    send(begun.json["upload"])
    answers = [upload(), upload_json(), begun, begin(headers={"Idempotency-Key": "k1"})]

    assert [answer.status_code for answer in answers] == [201, 201, 202, 201]
    for answer in answers:
        assert answer.headers["ETag"] == f'"{answer.json["image_id"]}-1"'
    assert "ETag" not in client.get("/images").headers


@pytest.mark.parametrize("condition", ["*", "{etag}", 'W/"a", {etag}'])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_view_is_never_304(client, path, method, condition):
    condition = condition.format(etag=etag_of(client, path))
    later = "Fri, 31 Dec 2100 00:00:00 GMT"

    for headers in ({"If-None-Match": condition}, {"If-Modified-Since": later}):
        response = client.open(path, method=method, headers=headers)
        assert response.status_code == 200
        assert response.headers["ETag"]
    assert client.get(path, headers={"If-Match": STALE}).status_code == 200


@each_verb
@pytest.mark.parametrize(
    "condition",
    [
        "{etag}",
        " {etag} ",
        "*",
        " * ",
        '"x", {etag}',
        '{etag},"y"',
        ',, {etag} ,\t"é" ,',
        '"*",{etag}',
    ],
)
def test_a_condition_that_holds(client, path, ask, verb, condition):
    response = ask(verb, condition.format(etag=etag_of(client, path)))

    assert response.status_code in (200, 204)


@each_verb
@pytest.mark.parametrize(
    "condition",
    [STALE, f"{STALE}, {STALE}", "W/{etag}", f"W/{{etag}}, {STALE}", '""', '"*"', '"W/{inner}"',
     '" {inner}"', '"{inner}0"', '"{inner},x"'],
)  # fmt: skip
def test_a_condition_that_does_not_hold(client, path, ask, verb, condition):
    etag = etag_of(client, path)
    condition = condition.replace(" {inner}", "x{inner}").format(etag=etag, inner=etag.strip('"'))

    response = ask(verb, condition)

    assert (response.status_code, response.json["type"]) == (412, "/problems/changed-meanwhile")
    assert response.json["instance"].startswith(path)
    image = client.get(path).json
    assert (image["status"], image["version"], image["description"]) == ("ready", 1, None)


@each_verb
@pytest.mark.parametrize(
    "condition",
    ["", " ", ",", "{inner}", '"{inner}', '{inner}"', "'{inner}'", "w/{etag}", "W/{inner}",
     "W/ {etag}", "{etag} {etag}", "{etag};{etag}", "*, {etag}", "{etag}, *", "**", '"a b"',
     '"\u20ac"'],
)  # fmt: skip
def test_a_condition_that_cannot_be_read(client, path, ask, verb, condition):
    etag = etag_of(client, path)

    response = ask(verb, condition.format(etag=etag, inner=etag.strip('"')))

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-fields")
    (row,) = response.json["errors"]
    assert row["field"] == "If-Match"
    assert "with its quotes" in row["message"]
    assert client.get(path).json["version"] == 1


@each_verb
@pytest.mark.parametrize("condition", ["*", STALE])
def test_what_is_not_there_is_not_found_first(client, path, ask, verb, condition):
    client.delete(path)

    assert ask(verb, condition).status_code == 404


def test_a_change_that_changes_nothing_has_its_condition(client, path):
    for condition, status in (('"x"', 412), (etag_of(client, path), 200)):
        response = client.patch(path, json={}, headers={"If-Match": condition})
        assert response.status_code == status


def test_a_condition_holds_in_the_trash_too(client, path):
    etag = etag_of(client, path)
    client.delete(f"{path}?trash=true")

    assert client.post(f"{path}/restore", headers={"If-Match": '"x"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"x"'}).status_code == 412
    assert client.get(path).json["status"] == "trashed"
    assert client.delete(path, headers={"If-Match": etag}).status_code == 204


def test_a_pending_upload_may_be_deleted_by_its_tag(client, begin):
    begun = begin()
    path = f"/images/{begun.json['image_id']}"

    assert client.delete(path, headers={"If-Match": '"x"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": begun.headers["ETag"]}).status_code == 204


def test_a_batch_has_no_condition(client, image_id):
    body = {"image_ids": [image_id], "action": "delete"}

    response = client.post("/images/batch", json=body, headers={"If-Match": "*"})

    assert response.status_code == 400
    assert "one by one" in response.json["errors"][0]["message"]
    assert client.get(f"/images/{image_id}").status_code == 200


def test_an_upload_and_a_list_have_none(client, upload):
    assert upload(headers={"If-Match": "nonsense"}).status_code == 201
    assert client.get("/images", headers={"If-Match": "nonsense"}).status_code == 200


@pytest.mark.parametrize(
    "condition", ['"' * 8001, " " * 8000 + "x", ", " * 4000 + "x", '"a",' * 2000 + "x"]
)
def test_a_long_condition_takes_no_long_time(client, path, condition):
    def seconds():
        began = time.process_time()
        assert client.delete(path, headers={"If-Match": condition}).status_code == 400
        return time.process_time() - began

    assert min(seconds() for _ in range(3)) < 0.05


def test_a_lost_answer_does_not_undo_a_later_change(client, upload):
    image = upload(data=pictures.png(9, 9))
    path = f"/images/{image.json['image_id']}"
    condition = {"If-Match": image.headers["ETag"]}
    client.patch(path, json={"tags": ["a"]}, headers=condition)
    client.patch(path, json={"tags": ["b"]})

    retried = client.patch(path, json={"tags": ["a"]}, headers=condition)

    assert retried.status_code == 412
    assert client.get(path).json["tags"] == ["b"]
