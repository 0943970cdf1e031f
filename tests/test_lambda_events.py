"""main.handler: stages and base paths of API Gateway, events of others, and broken events."""

import json
from types import SimpleNamespace

import pytest

from service.app import create_app
from service.common import config
from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.gateway_events import HOST, SCHEDULED, arrived, http_api, multipart, rest_api

DOMAIN = "photos.example.com"
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
WRONG = (None, 7, True, "", "\ud800", "x\r\ny: z", "ü", [], [None], {}, {"a": None}, {"b": ["c"]})


@pytest.fixture
def sweeps():
    """The sweeps that ran."""
    return []


@pytest.fixture
def new_caller(tmp_path, sweeps):
    """Return calls of a handler under settings; an event goes through JSON, as on Lambda."""

    def build(**settings):
        app = create_app({"DATA_DIR": str(tmp_path / "data"), "LOG_LEVEL": "ERROR"} | settings)
        figures = {"left_due": False, "oldest_due_at": None}
        app.extensions["sweep"] = SimpleNamespace(
            run=lambda seconds: sweeps.append(seconds) or dict(figures)
        )
        handler = new_handler(app)
        return lambda event: handler(json.loads(json.dumps(event)), CONTEXT)

    return build


@pytest.fixture
def call(new_caller):
    return new_caller()


def at(event, domain=HOST, stage=None, whole=None):
    """Return the event as it comes from a domain and a stage; whole: requestContext's path."""
    context = event["requestContext"] | {"domainName": domain}
    context |= {"stage": stage} if stage else {}
    context |= {"path": whole} if whole else {}
    headers = {name: domain if name.lower() == "host" else value
               for name, value in event["headers"].items()}  # fmt: skip
    changed = event | {"requestContext": context, "headers": headers}
    if "multiValueHeaders" in event:
        changed["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return changed


def paths_of(call, event):
    """Upload, list and view by the event's kind; return where url, Location and Link start."""
    body, content_type = multipart(pictures.png(8, 8), user_id="ana")
    found = []
    for _ in range(2):
        answer = call(event("POST", "/images", body, content_type=content_type))
        found.append(json.loads(answer["body"])["url"].partition("/files/")[0])
        headers = answer.get("headers") or answer["multiValueHeaders"]
        location = headers["Location"]
        location = location if isinstance(location, str) else location[0]
        found.append(location.rpartition("/images/")[0])
    page = call(event("GET", "/images?limit=1"))
    headers = page.get("headers") or page["multiValueHeaders"]
    link = headers["Link"] if isinstance(headers["Link"], str) else headers["Link"][0]
    return {*found, link.lstrip("<").partition("/images?")[0]}


def http_event(prefix="", **place):
    """Return what makes an HTTP API's event, whose rawPath has the prefix."""
    return lambda method, path, *given, **headers: at(
        http_api(method, prefix + path, *given, **headers), **place
    )


def rest_event(prefix="", whole="", **place):
    """Return what makes a REST API's event; whole: what stands before its path in the client's."""

    def make(method, path, *given, **headers):
        event = rest_api(method, prefix + path, *given, **headers)
        return at(event, whole=whole + prefix + path.partition("?")[0], **place)

    return make


BASE = {"API_GATEWAY_BASE_PATH": "api"}
STRIP = {"STRIP_STAGE_PATH": "1"}


@pytest.mark.parametrize(
    ("settings", "event", "root"),
    [
        ({}, http_event(), f"https://{HOST}"),
        (STRIP, http_event(), f"https://{HOST}"),
        ({}, http_event("/dev", stage="dev"), f"https://{HOST}/dev"),
        (STRIP, http_event("/dev", stage="dev"), f"https://{HOST}/dev"),
        ({}, http_event(domain=DOMAIN, stage="dev"), f"https://{DOMAIN}"),
        ({}, http_event(domain=DOMAIN, stage="images"), f"https://{DOMAIN}"),
        (BASE, http_event("/api", domain=DOMAIN, stage="dev"), f"https://{DOMAIN}/api"),
        (BASE, http_event("/api", domain=DOMAIN), f"https://{DOMAIN}/api"),
        (BASE, http_event(), f"https://{HOST}"),
        (BASE, http_event("/dev", stage="dev"), f"https://{HOST}/dev"),
        (
            {"API_GATEWAY_BASE_PATH": "/api/v1/"},
            http_event("/api/v1", domain=DOMAIN),
            f"https://{DOMAIN}/api/v1",
        ),
        ({}, rest_event(whole="/dev", stage="dev"), f"https://{HOST}/dev"),
        ({}, rest_event(whole="/images", stage="images"), f"https://{HOST}/images"),
        (STRIP, rest_event(whole="/dev", stage="dev"), f"https://{HOST}"),
        (BASE, rest_event("/api", domain=DOMAIN, stage="dev"), f"https://{DOMAIN}/api"),
        (
            BASE | {"PUBLIC_URL": "https://cdn.example.com/a"},
            http_event("/api", domain=DOMAIN),
            "https://cdn.example.com/a",
        ),
    ],
)
def test_every_url_starts_where_the_client_came_in(new_caller, settings, event, root):
    assert paths_of(new_caller(**settings), event) == {root}


@pytest.mark.parametrize("path", ["/apiimages", "/ap/images", "/api", "/api/"])
@pytest.mark.parametrize("event", [http_event(domain=DOMAIN), rest_event(domain=DOMAIN)])
def test_a_base_path_is_a_whole_part_of_the_path(new_caller, event, path):
    answer = new_caller(**BASE)(event("GET", path))

    body = json.loads(answer["body"])
    # What is left of the base path itself is the root.
    assert (answer["statusCode"], body.get("instance")) in [(404, path), (200, None)]
    assert (answer["statusCode"] == 200) == (path.rstrip("/") == "/api")


def test_the_base_path_is_read_as_a_setting_only(new_caller, monkeypatch):
    call = new_caller()
    monkeypatch.setenv("API_GATEWAY_BASE_PATH", "api")

    assert call(http_api("GET", "/api/images"))["statusCode"] == 404


@pytest.mark.parametrize("value", ["https://a/b", "a b", "a//b", "a?b", "/", "%61"])
def test_a_base_path_that_is_none_stops_the_start(value):
    with pytest.raises(config.ConfigError, match="API_GATEWAY_BASE_PATH="):
        config.load({"API_GATEWAY_BASE_PATH": value})


@pytest.mark.parametrize(
    ("told", "scheme"),
    [("https,http", "https"), ("http, https", "http"), ("HTTPS", "https"), ("", "https"),
     ("ftp", "https"), (None, "https")],
)  # fmt: skip
def test_the_first_scheme_counts(call, told, scheme):
    event = http_api("GET", "/problems/too-large", accept="text/html")
    event["headers"]["x-forwarded-proto"] = told

    assert f'href="{scheme}://{HOST}/docs"' in call(event)["body"]


@pytest.mark.parametrize("source", ["aws.events", "aws.scheduler"])
def test_the_schedule_of_the_sweep_sweeps(call, sweeps, source):
    names = ("image-service-dev-sweep", "image-service-dev-SweepEventsRuleSchedule1-1ABC")
    for name in names:
        arn = f"arn:aws:events:us-east-1:123456789012:rule/{name}"
        assert call(SCHEDULED | {"source": source, "resources": [arn]})["left_due"] is False

    assert len(sweeps) == 2


def test_the_alarm_hears_of_every_sweep_whatever_the_level(new_caller, capsys):
    new_caller(LOG_LEVEL="ERROR")(SCHEDULED)

    (line,) = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert line["oldest_due_seconds"] == 0


KEEP_WARM = "arn:aws:events:us-east-1:123456789012:rule/keep-warm"


@pytest.mark.parametrize(
    "event",
    [
        {"source": "serverless-plugin-warmup"},
        {"source": "aws.events"},
        SCHEDULED | {"resources": [KEEP_WARM]},
        SCHEDULED | {"resources": []},
        SCHEDULED | {"resources": None},
        SCHEDULED | {"resources": 7},
        SCHEDULED | {"detail-type": "EC2 Instance State-change Notification"},
        SCHEDULED | {"source": "aws.ec2"},
        {"source": None},
        {"source": ["aws.s3"]},
        {"source": {"\ud800": "\ud800"}, "detail-type": "\ud800" * 1000},
    ],
)
def test_other_events_are_passed_over_at_once(call, sweeps, event):
    assert call(event) is None
    assert sweeps == []


@pytest.mark.parametrize(
    "change",
    [
        {"detail": detail}
        for detail in (
            None, 7, "text", [], {}, {"object": None}, {"object": {}}, {"object": {"key": 7}},
            *({"object": {"key": key}} for key in (
                "", "incoming", "incoming/", "images/a/b", "photo.jpg", "a/../b", "\ud800",
                "incoming/nothing/x", f"incoming/{'0' * 32}", f"incoming/{'0' * 32}/",
                f"incoming/{'0' * 32}/a/b", f"incoming/{'A' * 32}/a", "incoming%2F", "%",
            )),
        )
    ] + [{"detail-type": "Object Deleted"}, {"detail-type": None}],
)  # fmt: skip
def test_an_event_of_another_object_is_passed_over(call, sweeps, change):
    assert call(arrived(f"incoming/{'0' * 32}/nonce") | change) is None
    assert sweeps == []


def test_a_key_may_be_encoded(call):
    fields = {"user_id": "ana", "filename": "a.jpg", "content_type": "image/jpeg", "size": 9}
    event = http_api("POST", "/images", json.dumps(fields), content_type="application/json")
    image_id = json.loads(call(event)["body"])["image_id"]

    assert call(arrived(f"incoming%2F{image_id}%2Fnonce")) == "pending"


def places(value, place=()):
    """Yield the place of every field in an event, however deep."""
    for name, below in value.items() if isinstance(value, dict) else ():
        yield (*place, name)
        yield from places(below, (*place, name))


def changed(event, place, value):
    """Return a copy of an event with another value at a place."""
    copy = json.loads(json.dumps(event))
    *above, name = place
    fields = copy
    for step in above:
        fields = fields[step]
    fields[name] = value
    return copy


@pytest.mark.parametrize("new_event", [http_api, rest_api])
@pytest.mark.parametrize("value", WRONG, ids=ascii)
def test_no_field_can_break_the_handler(call, new_event, value):
    body, content_type = multipart(b"no picture", user_id="ana")
    for event in (
        new_event("GET", "/images?user_id=ana&tags=a,b"),
        new_event("POST", "/images", body, content_type=content_type),
        new_event("PATCH", "/images/x", "{}", content_type="application/json", if_match="*"),
    ):
        for place in places(event):
            answer = call(changed(event, place, value))
            assert answer["statusCode"] < 500, place
            json.dumps(answer).encode()


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_a_missing_field_cannot_break_the_handler(call, new_event):
    event = new_event("GET", "/images?user_id=ana")
    for place in places(event):
        copy = changed(event, place, None)
        fields = copy
        for step in place[:-1]:
            fields = fields[step]
        del fields[place[-1]]

        assert call(copy)["statusCode"] < 500, place


def test_the_path_of_an_http_api_stands_twice(call):
    event = http_api("GET", "/images")
    del event["rawPath"]

    assert call(event)["statusCode"] == 200


def test_a_lone_surrogate_in_a_query_is_told(call):
    answer = call(http_api("GET", "/images") | {"rawQueryString": "user_id=\ud800"})

    assert answer["statusCode"] == 400
    assert json.loads(answer["body"])["errors"][0]["field"] == "user_id"
