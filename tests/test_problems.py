import io
import json
import logging
import re

import pytest

from service.common.errors import StorageUnavailable

FRESH = re.compile(r"[0-9a-f]{16}")


class Broken:
    """A service whose every method raises the same error."""

    def __init__(self, error):
        self.error = error

    def view(self, _user_id, _image_id, _rendition):
        raise self.error


@pytest.fixture
def failing(app):
    """Return a client of an app whose service fails with an error."""

    def client_for(error):
        app.extensions["image_service"] = Broken(error)
        return app.test_client()

    return client_for


def check(response, status, code):
    """Fail unless the answer is this problem, with all its fields."""
    assert response.status_code == status, response.data
    assert response.content_type == "application/problem+json"
    body = response.json
    assert list(body)[:6] == ["type", "title", "status", "detail", "instance", "request_id"]
    assert (body["type"], body["status"]) == (f"/problems/{code}", status)
    assert body["detail"]
    assert body["title"]
    assert body["request_id"] == response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "path",
    [
        *("/image", "/images/a/b", "/images//", "/favicon.ico", "/%00", "/é", "/%ff"),
        *(
            "/images/..%2f..%2fetc",
            "/files",
            "/files/images/a",
            "/health/x",
            "/<b>",
            "/" + "a" * 5000,
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_paths_are_not_found(client, method, path):
    response = client.open(path, method=method)

    assert response.status_code in (404, 405)
    assert response.content_type == "application/problem+json"


def test_unknown_paths_are_told_in_full(client):
    check(client.get("/nothing?x=1"), 404, "not-found")
    assert client.get("/nothing?x=1").json["instance"] == "/nothing"
    check(client.get("/images/" + "0" * 32), 404, "image-not-found")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/images", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("/images/" + "0" * 32, {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}),
        ("/images/" + "0" * 32 + "/restore", {"OPTIONS", "POST"}),
        ("/images/batch", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST"}),
        ("/files/images/a/b", {"GET", "HEAD", "OPTIONS"}),
        ("/health", {"GET", "HEAD", "OPTIONS"}),
        ("/ready", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_wrong_methods_name_the_right_ones(client, path, allowed):
    for method in {"PUT", "PATCH", "POST", "DELETE", "TRACE", "FOO"} - allowed:
        response = client.open(path, method=method)
        check(response, 405, "method-not-allowed")
        assert set(response.headers["Allow"].split(", ")) == allowed
    options = client.options(path)
    assert (options.status_code, options.data) == (200, b"")
    assert set(options.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize("path", ["/images", "/images/x", "/health", "/nothing", "/images?limit=0"])
def test_head_is_get_without_a_body(client, path):
    head, get = client.head(path), client.get(path)

    assert (head.status_code, head.content_type) == (get.status_code, get.content_type)
    assert head.data == b""
    assert head.content_length == get.content_length


def test_a_trailing_slash_makes_no_difference(client, image_id):
    assert client.get("/images/").json["count"] == 1


def test_nothing_is_html(client, upload, image_id):
    answers = [
        client.open(path, method=method)
        for path in ("/", "/nothing", "/images", "/images/x", "/ready")
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
    ]
    answers += [upload(), upload(data=b"<html>"), client.delete(f"/images/{image_id}")]

    for response in answers:
        assert "html" not in response.headers.get("Content-Type", "")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<" not in response.data
        assert response.headers["X-Request-Id"]


@pytest.mark.parametrize("request_id", ["a", "A-z_0.9", "x" * 64, "550e8400-e29b-41d4"])
def test_a_valid_request_id_is_kept(client, request_id):
    for path in ("/health", "/nothing", "/images?limit=0"):
        response = client.get(path, headers={"X-Request-Id": request_id})
        assert response.headers["X-Request-Id"] == request_id


@pytest.mark.parametrize(
    "request_id", [None, "", "x" * 65, "a b", "a/b", "é", "a;b", '"', "٣", "a\tb"]
)
def test_others_get_a_new_one(client, request_id):
    headers = {} if request_id is None else {"X-Request-Id": request_id}

    first, second = (client.get("/nothing", headers=headers) for _ in range(2))

    assert FRESH.fullmatch(first.headers["X-Request-Id"])
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert first.json["request_id"] == first.headers["X-Request-Id"]


def test_faults_of_ours_hide_the_insides(failing, capsys):
    response = failing(RuntimeError("secret: hunter2")).get("/images/x")

    check(response, 500, "internal-error")
    assert b"hunter2" not in response.data
    assert b"RuntimeError" not in response.data
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    line = next(line for line in lines if line["event"] == "unexpected error")
    assert line["request_id"] == response.headers["X-Request-Id"]
    assert "hunter2" in line["traceback"]


def test_faults_of_storage_ask_to_try_again(failing, capsys):
    error = StorageUnavailable("Try again.", operation="get", reason="secret")
    response = failing(error).get("/images/x")

    check(response, 503, "storage-unavailable")
    assert response.headers["Retry-After"] == "5"
    assert b"secret" not in response.data
    assert "secret" in capsys.readouterr().err


def test_field_problems_have_a_row_each(client):
    response = client.get("/images?limit=0&match=some&x=1")

    check(response, 400, "invalid-fields")
    assert {row["field"] for row in response.json["errors"]} == {"limit", "match", "x"}
    assert all(set(row) == {"field", "message"} for row in response.json["errors"])


@pytest.mark.parametrize("host", ["a b", "x<y>", "", 'a"', "a/b"])
def test_a_host_that_is_none_is_refused(client, host):
    check(client.get("/images", headers={"Host": host}), 400, "bad-request")


def test_every_request_is_one_log_line(new_app, capsys):
    client = new_app(LOG_LEVEL="INFO").test_client()

    response = client.get("/images/secret-id?download=true")
    logging.getLogger("service").setLevel("ERROR")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["request refused", "request served"]
    assert {line["request_id"] for line in lines} == {response.headers["X-Request-Id"]}
    assert {(line["method"], line["route"]) for line in lines} == {("GET", "/images/<image_id>")}
    assert (lines[0]["problem"], lines[1]["status"]) == ("image-not-found", 404)
    assert lines[1]["milliseconds"] >= 0


def test_logs_hold_no_names_and_no_urls(new_app, picture, capsys):
    client = new_app(LOG_LEVEL="DEBUG").test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "private.png"), "tags": "hidden"}

    image = client.post("/images", data=form).json
    client.get(image["url"], buffered=True)
    client.get("/images?tags=hidden&user_id=ana")
    client.patch(f"/images/{image['image_id']}", json={"tags": ["hidden"], "filename": "private"})
    client.post("/images/batch", json={"image_ids": ["hidden"], "action": "trash"})
    client.delete(f"/images/{image['image_id']}")
    logging.getLogger("service").setLevel("ERROR")

    text = capsys.readouterr().err
    assert image["image_id"] in text
    for word in ("private", "hidden", "signature", image["url"][-20:]):
        assert word not in text
