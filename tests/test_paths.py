"""A path has one spelling: what a proxy closes stays closed, whatever headers a client sends."""

import pytest

from tests.support.servers import Server, parse

CLOSED = "/metrics"
SPELLINGS = (
    "//metrics",
    "///metrics",
    "/metrics/",
    "/metrics//",
    "/metrics%2F",
    "/%2Fmetrics",
    "/%2fmetrics",
    "/%6detrics",
    "/metrics%3F",
    "/metrics;a=b",
    "/metrics#a",
    "/./metrics",
    "/images/../metrics",
    "/METRICS",
    "http://photos.example.com//metrics",
)
HEADERS = (
    "SCRIPT_NAME: /images",
    "PATH_INFO: /metrics",
    "REMOTE_USER: ana",
    "X_Forwarded_Prefix: /images",
    "X-Forwarded-Prefix: /images",
    "X-Forwarded-Path: /metrics",
    "X-Forwarded-Uri: /metrics",
    "X-Original-URL: /metrics",
    "X-Original-Uri: /metrics",
    "X-Rewrite-URL: /metrics",
    "X-Script-Name: /images",
    "Script-Name: /images",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    # An operator's environment may have the variables that gunicorn would read by itself.
    folder = tmp_path_factory.mktemp("server") / "data"
    server = Server(folder, METRICS="1", SCRIPT_NAME="/images", FORWARDED_ALLOW_IPS="*")
    yield server.wait_until_up()
    assert server.stop() == (0, "")


@pytest.fixture
def status(server):
    """Send a request line's target and header lines; return the status of the answer."""

    def send(target, *lines):
        head = "\r\n".join([f"GET {target} HTTP/1.1", "Host: a", "Connection: close", *lines])
        answer = server.send(f"{head}\r\n\r\n".encode())
        return int(answer.split()[1])

    return send


def test_it_works(status):
    assert status(CLOSED) == 200
    assert status(f"http://photos.example.com{CLOSED}") == 200


@pytest.mark.parametrize("target", SPELLINGS)
def test_no_other_spelling_leads_to_the_page(status, target):
    assert status(target) == 404


@pytest.mark.parametrize("target", ["metrics", "http:metrics"])
def test_a_target_without_a_slash_is_malformed(status, target):
    assert status(target) == 400


@pytest.mark.parametrize("line", HEADERS)
def test_no_header_moves_a_path(status, server, line):
    assert status("/images/metrics", line) == 404
    assert status("/nothing", line) == 404
    _, _, body = parse(server.send(f"GET /nothing HTTP/1.0\r\n{line}\r\n\r\n".encode()))
    assert body["instance"] == "/nothing"


@pytest.mark.parametrize(
    "target", ["//images", "/%69mages", "/images%2F" + "0" * 32, "//files/images/a/b", "//health"]
)
def test_every_route_has_one_spelling(status, target):
    assert status(target) == 404


def test_a_trailing_slash_changes_nothing(client):
    for path in ("/images", "/health", "/ready", "/openapi.json"):
        assert client.get(f"{path}/").status_code == 200
