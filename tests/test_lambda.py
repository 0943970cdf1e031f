"""main.handler: API Gateway's events, scheduled events, and events that a gateway may damage."""

import base64
import hashlib
import json
from types import SimpleNamespace

import pytest

from service.app import create_app
from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.gateway_events import HOST, SCHEDULED, arrived, http_api, multipart, rest_api

PICTURE = pictures.jpeg(400, 300)
LAMBDA_BYTES = 6 * 1024 * 1024
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)


@pytest.fixture
def app(tmp_path, monkeypatch):
    monkeypatch.setenv("STRIP_STAGE_PATH", "1")
    return create_app({"DATA_DIR": str(tmp_path), "MAX_IMAGE_SIZE": "4700000"})


@pytest.fixture
def handler(app):
    return new_handler(app)


@pytest.fixture
def call(handler):
    def call(event, context=None):
        answer = handler(json.loads(json.dumps(event)), context)
        return SimpleNamespace(
            status=answer["statusCode"],
            headers=answer.get("headers") or answer.get("multiValueHeaders"),
            json=json.loads(answer["body"]) if "body" in answer else None,
            is_base64=answer.get("isBase64Encoded"),
        )

    return call


@pytest.fixture
def upload(call):
    def upload(picture=PICTURE, new_event=http_api):
        body, content_type = multipart(picture, user_id="ana", tags="beach")
        return call(new_event("POST", "/images", body, content_type=content_type))

    return upload


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_the_four_routes_work(call, upload, new_event):
    uploaded = upload(new_event=new_event)
    path = f"/images/{uploaded.json['image_id']}"
    listed = call(new_event("GET", "/images?user_id=ana&tags=beach"))
    viewed = call(new_event("GET", path))
    deleted = call(new_event("DELETE", path))
    gone = call(new_event("GET", path))

    assert (uploaded.status, listed.status, viewed.status) == (201, 200, 200)
    assert (deleted.status, gone.status) == (204, 404)
    assert [image["filename"] for image in listed.json["images"]] == ["photo.jpg"]
    assert viewed.json["sha256"] == hashlib.sha256(PICTURE).hexdigest()


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_no_url_names_the_stage(call, upload, new_event):
    upload(new_event=new_event)
    upload(pictures.png(), new_event)

    page = call(new_event("GET", "/images?limit=1"))
    location = upload(pictures.gif(), new_event).headers["Location"]

    assert "/images/" in str(location)
    for place in (location, page.headers, page.json):
        assert "$default" not in str(place)
        assert "/dev" not in str(place)


def test_urls_keep_the_gateways_address(upload):
    response = upload()

    assert response.json["url"].startswith((f"https://{HOST}/", "/"))


@pytest.mark.parametrize("as_bytes", [True, False])
def test_json_works_as_text_and_as_base64(call, as_bytes):
    image_data = base64.b64encode(PICTURE).decode()
    fields = {"user_id": "ana", "filename": "Zoë.jpg", "image_data": image_data}
    text = json.dumps(fields, ensure_ascii=False)
    body = text.encode() if as_bytes else text

    response = call(http_api("POST", "/images", body, content_type="application/json"))

    assert response.status == 201
    assert response.json["filename"] == "Zoë.jpg"
    assert response.json["sha256"] == hashlib.sha256(PICTURE).hexdigest()


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_problems_leave_as_text(call, new_event):
    response = call(new_event("GET", "/images/no-such-image"))

    assert response.status == 404
    assert response.is_base64 is False
    assert "application/problem+json" in str(response.headers)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_picture_sent_as_text_is_refused(call, encoding):
    body, content_type = multipart(PICTURE, user_id="ana")
    text = body.decode(encoding, "replace")

    response = call(rest_api("POST", "/images", text, content_type=content_type))

    assert response.status == 400
    assert "binary" in response.json["detail"]
    assert response.json["instance"] == "/images"
    assert call(rest_api("GET", "/images")).json["count"] == 0


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON", 201),
        (" application/json; charset=utf-8", 201),
        ("text/plain;charset=UTF-8", 415),
        ("application/xml", 415),
        ("", 415),
        (" Multipart/Form-Data; boundary=x", 400),
    ],
)
@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_a_body_of_text_is_answered_by_its_type(call, new_event, content_type, status):
    picture = base64.b64encode(PICTURE).decode()
    fields = {"user_id": "ana", "filename": "é.png", "image_data": picture}
    body = json.dumps(fields, ensure_ascii=False)

    response = call(new_event("POST", "/images", body, content_type=content_type))

    assert response.status == status


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "not base64!", "isBase64Encoded": True},
        {"body": "abc", "isBase64Encoded": True},
        {"body": "\ud800", "isBase64Encoded": False},
        {"body": {"user_id": "ana"}, "isBase64Encoded": False},
        {"body": 7, "isBase64Encoded": True},
    ],
)
def test_an_unreadable_body_is_refused(call, fields):
    event = http_api("POST", "/images", content_type="application/json") | fields

    response = call(event)

    assert response.status == 400
    assert response.json["type"] == "/problems/bad-request"


def test_null_fields_are_like_absent_fields(call):
    event = http_api("GET", "/images") | {"body": None, "cookies": None}
    event["requestContext"]["authorizer"] = None

    response = call(event)

    assert response.status == 200


def test_a_console_test_event_works(call):
    event = rest_api("GET", "/images") | {"headers": None, "multiValueHeaders": None}

    response = call(event)

    assert response.status == 200


@pytest.mark.parametrize(
    "event",
    [None, [], "ping", 7, {}, {"Records": []}, {"version": "2.0"}, {"headers": 7}, {"ping": True}],
)
def test_an_unknown_event_is_told_what_is_known(call, event):
    response = call(event)

    assert response.status == 400
    assert response.json["detail"].startswith("Send a request through API Gateway: this event has")


def test_a_picture_at_lambdas_edge_works(upload):
    edge = pictures.bmp(1249, 1249)
    body, content_type = multipart(edge, user_id="ana", tags="beach")
    event = http_api("POST", "/images", body, content_type=content_type)

    response = upload(edge)

    assert LAMBDA_BYTES - 50_000 < len(json.dumps(event)) < LAMBDA_BYTES
    assert response.status == 201
    assert response.json["sha256"] == hashlib.sha256(edge).hexdigest()


def test_a_schedule_sweeps_until_just_before_the_deadline(app):
    asked = []
    figures = {"left_due": True, "oldest_due_at": "2026-02-13T09:30:00.123Z"}
    app.extensions["sweep"] = SimpleNamespace(run=lambda seconds: asked.append(seconds) or figures)

    answer = new_handler(app)(SCHEDULED, CONTEXT)

    assert asked == [870]
    assert answer["left_due"] is True
    assert answer["oldest_due_seconds"] > 7200


def test_a_schedule_with_nothing_due_reports_an_age_of_0(app):
    answer = new_handler(app)(SCHEDULED, CONTEXT)

    assert answer["left_due"] is False
    assert answer["oldest_due_seconds"] == 0


def test_main_has_the_handler():
    import main

    answer = main.handler(http_api("GET", "/health"), None)

    assert answer["statusCode"] == 200


def test_bytes_that_arrive_complete_their_upload(handler, call):
    fields = {"user_id": "ana", "filename": "a.jpg", "content_type": "image/jpeg"}
    body = json.dumps(fields | {"size": len(PICTURE)})
    begun = call(http_api("POST", "/images", body, content_type="application/json")).json
    place = begun["upload"]["url"].removeprefix(f"https://{HOST}")
    sent = call(http_api("PUT", place, PICTURE, content_type="image/jpeg"))

    event = arrived(place.split("?")[0].removeprefix("/files/"))
    statuses = [handler(event, CONTEXT) for _ in range(2)]

    assert sent.status == 200
    assert statuses == ["ready", "ready"]
    assert call(http_api("GET", "/images")).json["count"] == 1


def test_bytes_that_arrive_get_their_thumb(handler, call):
    fields = {"user_id": "ana", "filename": "a.jpg", "content_type": "image/jpeg"}
    body = json.dumps(fields | {"size": len(PICTURE)})
    begun = call(http_api("POST", "/images", body, content_type="application/json"))
    place = begun.json["upload"]["url"].partition("/files/")
    call(http_api("PUT", place[1] + place[2], PICTURE, content_type="image/jpeg"))

    handler(arrived(place[2].split("?")[0]), CONTEXT)

    (image,) = call(http_api("GET", "/images")).json["images"]
    assert image["renditions"]["thumb"]["width"] == 320


def test_bytes_without_a_record_are_left_alone(handler):
    assert handler(arrived(f"incoming/{'0' * 32}/nonce"), CONTEXT) is None
