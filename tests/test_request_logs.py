"""Log lines say who did what to whose image, and nothing that is secret."""

import io
import json
import re

import pytest

from service.running.lambda_handler import new_handler
from tests.support.gateway_events import http_api
from tests.support.servers import Server
from tests.support.signed_tokens import SECRET, bearer

WITH_TOKENS = {"AUTH": "jwt", "JWT_SECRET": SECRET, "LOG_LEVEL": "DEBUG"}
ADMIN = bearer("root", scope="images:admin")


@pytest.fixture
def lines(capsys):
    """Return the log lines written since the last call, each as a dict."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def secured(new_app):
    """A client of a service that requires tokens."""
    return new_app(**WITH_TOKENS).test_client()


@pytest.fixture
def photo(secured, picture, lines):
    """The id of an image of Ana's, with nothing logged yet."""
    image_id = post(secured, picture).json["image_id"]
    lines()
    return image_id


def post(client, picture, headers=None, **fields):
    """Upload a picture of Ana's."""
    form = {"image_data": (io.BytesIO(picture), "cat.png")} | fields
    return client.post("/images", data=form, headers=headers or bearer("ana"))


def test_it_works(secured, picture, lines):
    image = post(secured, picture).json

    uploaded, served = lines()
    assert (uploaded["event"], served["event"]) == ("image uploaded", "request served")
    assert uploaded["user_id"] == uploaded["owner"] == served["user_id"] == "ana"
    assert uploaded["image_id"] == image["image_id"]
    assert "client" not in served


def test_a_delete_says_whose_image_and_by_whom(secured, photo, lines):
    secured.delete(f"/images/{photo}", headers=ADMIN)

    deleted, served = lines()
    assert (deleted["event"], deleted["image_id"]) == ("image deleted", photo)
    assert (deleted["owner"], deleted["user_id"]) == ("ana", "root")
    assert served["user_id"] == "root"


def test_without_tokens_a_delete_says_whose_image(new_app, picture, lines):
    client = new_app(LOG_LEVEL="INFO").test_client()
    image_id = post(client, picture, user_id="ana").json["image_id"]
    lines()
    client.delete(f"/images/{image_id}")

    deleted, served = lines()
    assert deleted["owner"] == "ana"
    assert "user_id" not in deleted | served


def test_a_direct_uploads_lines_say_whose_it_is(secured, picture, lines):
    fields = {"filename": "cat.png", "content_type": "image/png", "size": len(picture)}
    begun = secured.post("/images", json=fields, headers=bearer("ana")).json
    secured.put(begun["upload"]["url"], data=picture, content_type="image/png")
    secured.get(f"/images/{begun['image_id']}", headers=ADMIN)

    events = {line["event"]: line for line in lines() if "owner" in line}
    assert events["direct upload begun"]["user_id"] == "ana"
    assert events["image uploaded"]["owner"] == "ana"
    assert events["image uploaded"]["user_id"] == "root"


def test_a_refused_request_says_by_whom(secured, lines):
    secured.get("/images?user_id=bob", headers=bearer("ana"))

    assert [line["user_id"] for line in lines()] == ["ana", "ana"]


def test_a_request_without_a_token_names_nobody(secured, photo, lines):
    secured.get("/images", headers=bearer("ana"))
    lines()
    secured.get("/images")
    secured.get("/images", headers={"Authorization": "Bearer a.b.c"})
    secured.get("/health")

    assert [line.get("user_id") for line in lines()] == [None] * 5


def test_the_clients_address_is_logged_if_wanted(new_app, lines):
    client = new_app(**WITH_TOKENS, LOG_CLIENTS="1").test_client()
    for headers in (None, bearer("ana")):
        client.get("/images", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.7"})

    assert {line["client"] for line in lines()} == {"192.0.2.7"}


def test_on_lambda_too(new_app, lines):
    new_handler(new_app(**WITH_TOKENS, LOG_CLIENTS="1"))(http_api("GET", "/images"), None)

    assert all(line["client"] for line in lines())


@pytest.mark.parametrize(("wanted", "expected"), [("1", "127.0.0.1"), ("0", None)])
def test_a_malformed_request_names_its_sender_too(tmp_path, wanted, expected):
    server = Server(tmp_path / "data", LOG_CLIENTS=wanted, LOG_LEVEL="INFO").wait_until_up()
    server.send(b"HELO\r\n\r\n")
    _, errors = server.stop()

    (line,) = [json.loads(line) for line in errors.splitlines() if "malformed" in line]
    assert line.get("client") == expected


def test_nothing_secret_is_logged(new_app, picture, capsys):
    client = new_app(**WITH_TOKENS, LOG_CLIENTS="1").test_client()
    headers = bearer("ana")
    words = {"filename": "PrivateName.png", "description": "PrivateWords", "tags": "privatetag"}
    image = post(client, picture, headers, **words).json
    fields = words | {"tags": ["privatetag"], "content_type": "image/png", "size": len(picture)}
    begun = client.post("/images", json=fields, headers=headers).json
    client.put(begun["upload"]["url"], data=b"x" * len(picture), content_type="image/png")
    for path in (f"/images/{begun['image_id']}", "/images?tags=privatetag", image["url"]):
        client.get(path, headers=headers, buffered=True)
    client.get(image["url"] + "x", buffered=True)
    client.get("/images?privatetag=1", headers=headers)
    client.delete(f"/images/{image['image_id']}", headers=headers)

    logged = capsys.readouterr().err
    assert '"direct upload refused"' in logged
    token = headers["Authorization"].split()[1]
    assert not re.search(f"private|signature|{re.escape(token)}|{SECRET}", logged, re.IGNORECASE)
