"""GET /tags: which tags there are, with the number of images of each."""

import json

import pytest

from service.api.document import openapi_examples
from service.api.document.answer_schemas import TagPageSchema
from service.common import cursors
from service.running.lambda_handler import new_handler
from tests.support.gateway_events import http_api
from tests.test_naughty_text import STRINGS

LAST = "\U0010ffff" * 50
CURSORS = ["x", "é", "MXx8", "A" * 5000, "\x00", "==", cursors.encode("beach", ["tags"])]


@pytest.fixture
def tags(client):
    """Return the counts of a page by tag."""

    def listed(**query):
        response = client.get("/tags", query_string=query)
        assert response.status_code == 200, response.json
        return {row["tag"]: row["count"] for row in response.json["tags"]}

    return listed


@pytest.fixture
def faults(client):
    """Return the refused parameters of a page and what they should be."""

    def refused(query):
        response = client.get("/tags", query_string=query)
        assert response.status_code == 400
        return {row["field"]: row["message"] for row in response.json["errors"]}

    return refused


def test_it_works(client, upload):
    upload(tags="sea,Beach")
    upload(tags="beach,été", user_id="bob")

    response = client.get("/tags")

    assert response.json == {
        "tags": [
            {"tag": "beach", "count": 2},
            {"tag": "sea", "count": 1},
            {"tag": "été", "count": 1},
        ],
        "next_cursor": None,
    }
    assert "Link" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert TagPageSchema().validate(response.json) == {}


def test_a_user_has_tags_of_their_own(upload, tags):
    upload(tags="cat,sea")
    upload(tags="cat", user_id="bob")

    assert tags(user_id="ana") == {"cat": 1, "sea": 1}
    assert tags(user_id="bob") == {"cat": 1}
    assert tags(user_id="eve") == {}
    assert tags(user_id="") == {"cat": 2, "sea": 1}


def test_a_deleted_image_counts_no_more(upload, client, tags):
    gone = upload(tags="cat,sea").json["image_id"]
    upload(tags="cat")

    client.delete(f"/images/{gone}")

    assert tags() == tags(user_id="ana") == {"cat": 1}


def test_a_direct_upload_counts_when_it_is_ready(begin, send, client, tags):
    begun = begin(tags=["cat"]).json
    waiting = tags()
    send(begun["upload"])
    client.get(f"/images/{begun['image_id']}")

    assert (waiting, tags()) == ({}, {"cat": 1})


def test_a_retry_counts_once(upload, tags):
    for _ in range(3):
        assert upload(tags="cat", headers={"Idempotency-Key": "k"}).status_code == 201

    assert tags() == {"cat": 1}


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("new", ["new", "new york", "new-born"]),
        ("new ", ["new york"]),
        ("  NEW", ["new", "new york", "new-born"]),
        ("E\u0301", ["été"]),
        ("%", ["%_"]),
        ("%%", []),
        ("_", []),
        ("ew", []),
        ("\U0010ffff", [LAST]),
        (LAST, [LAST]),
    ],
)
def test_a_prefix_is_read_like_a_tag(upload, tags, prefix, found):
    upload(tags=["new", "new york", "new-born", "été", "%_", LAST])

    assert list(tags(prefix=prefix)) == list(tags(prefix=prefix, user_id="ana")) == found


@pytest.mark.parametrize("prefix", ["", " ", "\u2003 "])
def test_an_empty_prefix_is_left_out(upload, tags, prefix):
    upload(tags="cat")

    assert tags(prefix=prefix) == {"cat": 1}


@pytest.mark.parametrize(
    "prefix", ["a" * 51, "a,b", "a\n", "\x00", "a" * 201, "a" + "\u0301" * 101, " " * 201]
)
def test_what_begins_no_tag_is_refused(faults, prefix):
    assert set(faults({"prefix": prefix})) == {"prefix"}


@pytest.mark.parametrize("query", [{}, {"user_id": "ana"}, {"prefix": "t|", "user_id": "ana"}])
def test_links_lead_through_all_pages(client, upload, query):
    for number in range(4):
        upload(tags=[f"t|{number}", f"t|{number}|"])
    tags, link = [], "/tags"
    response = client.get(link, query_string=query | {"limit": 3})
    while response.json["next_cursor"]:
        assert len(response.json["tags"]) == 3
        tags += [row["tag"] for row in response.json["tags"]]
        link, relation = response.headers["Link"].split("; ")
        assert relation == 'rel="next"'
        response = client.get(link[1:-1])

    tags += [row["tag"] for row in response.json["tags"]]
    assert "Link" not in response.headers
    assert tags == [f"t|{number}{end}" for number in range(4) for end in ("", "|")]


def test_cursors_belong_to_their_filters(client, upload, tags):
    upload(tags="cat,cats")
    cursor = client.get("/tags?prefix=ca&limit=1").json["next_cursor"]

    for others in ({}, {"prefix": "c"}, {"prefix": "ca", "user_id": "ana"}):
        response = client.get("/tags", query_string=others | {"cursor": cursor})
        assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-cursor")
        assert "user_id and prefix" in response.json["detail"]
    assert tags(prefix=" CA", cursor=cursor, limit=100) == {"cats": 1}


def test_a_lists_cursor_is_not_for_tags(client, upload):
    for _ in range(2):
        upload(tags="cat,dog")
    paths = ["/images", "/tags"]
    of_images, of_tags = (client.get(f"{path}?limit=1").json["next_cursor"] for path in paths)

    answers = [
        client.get("/tags", query_string={"cursor": of_images}),
        client.get("/images", query_string={"cursor": of_tags}),
    ]

    assert [answer.json["type"] for answer in answers] == ["/problems/invalid-cursor"] * 2


@pytest.mark.parametrize("cursor", CURSORS)
def test_strange_cursors_are_refused(client, cursor):
    response = client.get("/tags", query_string={"cursor": cursor})

    assert (response.status_code, response.json["type"]) == (400, "/problems/invalid-cursor")


@pytest.mark.parametrize("position", ["", "a,b", "a\x00", "a" * 51, "\n"])
def test_forged_positions_are_refused(client, position):
    cursor = cursors.encode(position, ["tags", None, ""])

    assert client.get("/tags", query_string={"cursor": cursor}).status_code == 400


def test_a_forged_position_shows_no_other_prefix(upload, tags):
    upload(tags="ant,bee,cat")

    assert tags(prefix="b", cursor=cursors.encode("a", ["tags", None, "b"])) == {"bee": 1}
    assert tags(prefix="b", cursor=cursors.encode("c", ["tags", None, "b"])) == {}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "٣"])
def test_limits_are_whole_numbers_to_a_hundred(faults, limit):
    assert faults({"limit": limit}) == {
        "limit": "Send a whole number from 1 to 100; use next_cursor for more."
    }


def test_the_limit_is_fifty(upload, client, tags):
    for number in range(3):
        upload(tags=[f"{number}{letter}" for letter in "abcdefghijklmnopqrst"])

    assert (len(tags()), len(tags(limit=100))) == (50, 60)
    assert client.get("/tags").json["next_cursor"]


@pytest.mark.parametrize(
    "query", [{"tags": "a"}, {"prefix": ["a", "b"]}, {"user_id": "a/b"}, {"q": ""}]
)
def test_other_parameters_are_refused(faults, query):
    assert set(faults(query)) == set(query)


@pytest.mark.parametrize("path", ["//tags", "/%74ags"])
def test_other_spellings_are_not_found(client, path):
    assert client.get("/tags", environ_overrides={"RAW_URI": path}).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_can_only_be_read(client, method):
    response = client.open("/tags", method=method)

    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("field", ["user_id", "prefix", "cursor", "limit", "naughty"])
def test_naughty_parameters_are_answered(client, field):
    statuses = {client.get("/tags", query_string={field: text}).status_code for text in STRINGS}

    assert statuses <= {200, 400}


def test_half_a_surrogate_pair_is_answered(client):
    assert client.get("/tags?prefix=%ED%A0%80").status_code == 200
    assert client.get("/tags?cursor=%ED%A0%80").status_code == 400


def test_the_example_is_real(client):
    client.post("/images", json=openapi_examples.JSON)

    assert client.get("/tags").json == openapi_examples.TAG_PAGE


def test_on_lambda_too(app):
    answer = new_handler(app)(http_api("GET", "/tags?limit=1"), None)

    assert json.loads(answer["body"]) == {"tags": [], "next_cursor": None}
    assert answer["headers"]["Cache-Control"] == "no-store"
