"""The gallery at other addresses: behind API Gateway, and with pictures at another origin."""

import json
import re
from urllib.parse import urljoin, urlsplit

import pytest

from service.app import create_app
from service.common.config import SETTINGS
from service.running.lambda_handler import new_handler
from tests.support.gateway_events import HOST, http_api, rest_api
from tests.test_browsers import IN_CHROME
from tests.test_lambda_events import BASE, DOMAIN, STRIP, http_event, rest_event

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{0}; "
    "connect-src 'self'{0}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
AWS = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AUTH": "none"}
AWS |= {"AWS_DEFAULT_REGION": "eu-central-1"}
PUBLIC = {"PUBLIC_URL": "https://photos.example.com:8443/api"}
EMULATOR = {"AWS_ENDPOINT_URL": "http://localstack:4566"}
BUCKET_HOST = "https://images.s3.eu-central-1.amazonaws.com"


@pytest.fixture
def aws_policy(monkeypatch):
    """Return the page's policy on an AWS store, which has no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def policy_of(**settings):
        nothing = {name: "" for name, *_ in SETTINGS}
        app = create_app(nothing | AWS | {"LOG_LEVEL": "ERROR"} | settings)
        app.extensions["readiness"].askers.shutdown()
        response = app.test_client().get("/", headers=IN_CHROME)
        assert response.status_code == 200
        return response.headers["Content-Security-Policy"]

    return policy_of


@pytest.fixture
def new_call(new_app):
    """Return calls of the Lambda handler under settings."""

    def build(**settings):
        handler = new_handler(new_app(**settings))
        return lambda event: handler(json.loads(json.dumps(event)), None)

    return build


@pytest.mark.parametrize(
    ("settings", "store"),
    [
        ({}, ""),
        (PUBLIC, " https://photos.example.com:8443"),
        ({"PUBLIC_URL": "http://Photos.example.com:80"}, " http://photos.example.com"),
    ],
)
def test_the_policy_on_the_embedded_store(new_app, settings, store):
    response = new_app(**settings).test_client().get("/", headers=IN_CHROME)

    assert response.headers["Content-Security-Policy"] == POLICY.format(store)


@pytest.mark.parametrize(
    ("settings", "store"),
    [
        ({}, f" {BUCKET_HOST}"),
        (PUBLIC, f" {BUCKET_HOST} https://photos.example.com:8443"),
        ({"BUCKET_NAME": "my.images"}, " https://s3.eu-central-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, " https://images.s3.us-east-1.amazonaws.com"),
        (EMULATOR, " http://localstack:4566"),
        (
            EMULATOR | {"PUBLIC_S3_ENDPOINT_URL": "https://s3.example.com:9000"},
            " https://s3.example.com:9000",
        ),
    ],
)
def test_the_policy_allows_the_bucket_and_nothing_else(aws_policy, settings, store):
    assert aws_policy(**settings) == POLICY.format(store)


def addresses(text):
    """Return the addresses that the page names, but those of the page itself."""
    return re.findall(r'(?:href|src)="(?![#?.])(.*?)"', text)


@pytest.mark.parametrize(
    ("settings", "event", "opened"),
    [
        ({}, http_event(), f"https://{HOST}/"),
        ({}, http_event("/dev", stage="dev"), f"https://{HOST}/dev/"),
        ({}, http_event("/dev", stage="dev"), f"https://{HOST}/dev"),
        (STRIP, http_event("/dev", stage="dev"), f"https://{HOST}/dev"),
        (BASE, http_event("/api", domain=DOMAIN), f"https://{DOMAIN}/api"),
        (BASE, http_event("/api", domain=DOMAIN), f"https://{DOMAIN}/api/"),
        ({}, rest_event(whole="/dev", stage="dev"), f"https://{HOST}/dev"),
        (BASE, rest_event("/api", domain=DOMAIN, stage="dev"), f"https://{DOMAIN}/api"),
        # CloudFront passes another path on than the one that its users see.
        (PUBLIC, http_event("/dev", stage="dev"), PUBLIC["PUBLIC_URL"]),
        (
            {"PUBLIC_URL": "https://photos.example.com"},
            http_event("/dev", stage="dev"),
            "https://photos.example.com/",
        ),
    ],
)
def test_the_page_finds_its_files_behind_the_gateway(new_call, settings, event, opened):
    call = new_call(**settings)
    answer = call(event("GET", "/", accept="text/html"))

    assert (answer["statusCode"], answer["isBase64Encoded"]) == (200, False)
    root = opened.rstrip("/")
    for address in addresses(answer["body"]):
        whole = urljoin(opened, address)
        assert whole.startswith(f"{root}/"), address
        file = call(event("GET", whole.removeprefix(root), accept="*/*"))
        assert (file["statusCode"], file["isBase64Encoded"]) == (200, False), whole


@pytest.mark.parametrize("path", ["", "/"])
def test_a_proxy_may_serve_it_under_any_path(client, path):
    for address in addresses(client.get("/", headers=IN_CHROME).text):
        whole = urljoin("https://photos.example.com/some/path/", address)

        assert whole.startswith("https://photos.example.com/some/path/")
        assert client.get(urlsplit(whole).path.removeprefix("/some/path")).status_code == 200


@pytest.mark.parametrize("new_event", [http_api, rest_api])
def test_events_of_other_methods_and_conditions(new_call, new_event):
    call = new_call(STRIP_STAGE_PATH="1")
    page = call(new_event("GET", "/", accept="text/html"))
    script = next(one for one in addresses(page["body"]) if one.endswith("main.js"))

    for path in ("/", f"/{script}"):
        got = call(new_event("GET", path, accept="text/html"))
        head = call(new_event("HEAD", path, accept="text/html"))
        again = call(new_event("GET", path, accept="text/html", if_none_match=header(got, "ETag")))
        wrong = call(new_event("POST", path))

        assert (got["statusCode"], head["statusCode"], again["statusCode"]) == (200, 200, 304)
        assert not head.get("body")
        assert not again.get("body")
        assert header(head, "ETag") == header(again, "ETag") == header(got, "ETag")
        assert (wrong["statusCode"], header(wrong, "Allow")) == (405, "GET, HEAD, OPTIONS")


def header(answer, name):
    """Return a header of the answer to an event."""
    found = (answer.get("headers") or answer["multiValueHeaders"])[name]
    return found if isinstance(found, str) else found[0]


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_programs_get_json_through_the_gateway(new_call, accept):
    answer = new_call(**BASE)(http_event("/api", domain=DOMAIN)("GET", "/", accept=accept))

    assert json.loads(answer["body"])["docs"] == f"https://{DOMAIN}/api/docs"
