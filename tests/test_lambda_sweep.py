"""main.sweep: it sweeps, and nothing else, whatever event it gets."""

import json
from types import SimpleNamespace

import pytest

from service.app import create_app
from service.running.lambda_handler import new_handler, new_sweeper
from tests.support import pictures
from tests.support.gateway_events import SCHEDULED, arrived, http_api, multipart, rest_api

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
PICTURE = pictures.png(8, 8)


@pytest.fixture
def app(tmp_path):
    return create_app({"DATA_DIR": str(tmp_path), "GRACE_SECONDS": "0"})


@pytest.fixture
def handler(app):
    return new_handler(app)


@pytest.fixture
def sweeper(app, handler):
    """The sweep's handler, on the app of the handler."""
    return new_sweeper(app)


def count(handler):
    """Return how many images the API lists."""
    return json.loads(handler(http_api("GET", "/images"), None)["body"])["count"]


@pytest.mark.parametrize("event", [SCHEDULED, {}, "", None], ids=["schedule", "{}", "text", "null"])
def test_its_schedule_and_a_call_by_hand_sweep(sweeper, event):
    answer = sweeper(event, CONTEXT)

    assert answer["left_due"] is False
    assert answer["oldest_due_seconds"] == 0


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_it_answers_no_http_event(handler, sweeper, new_event):
    body, content_type = multipart(PICTURE, user_id="ana")

    answers = [
        sweeper(new_event("GET", "/images"), CONTEXT),
        sweeper(new_event("GET", "/health"), CONTEXT),
        sweeper(new_event("POST", "/images", body, content_type=content_type), CONTEXT),
    ]

    assert answers == [None] * 3
    assert count(handler) == 0


def test_it_completes_no_upload(handler, sweeper):
    fields = {"user_id": "ana", "filename": "a.png", "content_type": "image/png"}
    body = json.dumps(fields | {"size": len(PICTURE)})
    begun = handler(http_api("POST", "/images", body, content_type="application/json"), None)
    place = json.loads(begun["body"])["upload"]["url"].partition("/files/")[2]
    handler(http_api("PUT", f"/files/{place}", PICTURE, content_type="image/png"), None)
    event = arrived(place.partition("?")[0])

    assert sweeper(event, CONTEXT) is None
    assert count(handler) == 0
    assert handler(event, CONTEXT) == "ready"


@pytest.mark.parametrize("event", [7, [7], "text", {"source": "aws.ec2"}, {"Records": [{}]}])
def test_it_passes_over_every_other_event(sweeper, event):
    assert sweeper(event, CONTEXT) is None


def test_the_handler_of_the_api_sweeps_too(handler):
    assert handler(SCHEDULED, CONTEXT)["left_due"] is False


def test_main_has_the_sweep():
    import main

    assert main.sweep(http_api("GET", "/health"), None) is None
