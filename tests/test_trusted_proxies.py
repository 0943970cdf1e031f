"""X-Forwarded-* headers: believed from TRUSTED_PROXIES alone, whatever stands in them."""

import contextlib
import http.client
import json

import pytest

from service.common import config
from tests.support.servers import Server

PROXY = "192.0.2.1"
HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture
def app(new_app, request):
    return new_app(**getattr(request, "param", {}))


@pytest.fixture
def root(upload, client):
    """Upload under headers, as if through a proxy at an address; return where `url` starts."""
    image_id = upload().json["image_id"]

    def view(headers, address="127.0.0.1", host="photos.example.com"):
        sent = {"Host": host} | headers
        environ = {"REMOTE_ADDR": address}
        url = client.get(f"/images/{image_id}", headers=sent, environ_base=environ).json["url"]
        return url.partition("/files/")[0]

    return view


def test_it_works(root):
    assert root(HTTPS) == "https://photos.example.com"


@pytest.mark.parametrize("address", [PROXY, "128.0.0.1", "", "no address", "2001:db8::1"])
def test_others_are_not_believed(root, address):
    headers = HTTPS | {"X-Forwarded-Host": "evil.example.com", "X-Forwarded-Port": "8443"}

    assert root(headers, address) == "http://photos.example.com"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_believed(root, address):
    assert root(HTTPS, address) == "https://photos.example.com"


@pytest.mark.parametrize("app", [{"TRUSTED_PROXIES": "192.0.2.0/24, 2001:db8::1"}], indirect=True)
def test_the_setting_names_who_is_believed(root):
    assert root(HTTPS, PROXY) == root(HTTPS, "2001:db8::1") == "https://photos.example.com"
    assert root(HTTPS) == root(HTTPS, "2001:db8::2") == "http://photos.example.com"


@pytest.mark.parametrize("app", [{"TRUSTED_PROXIES": "none"}], indirect=True)
def test_nobody_needs_to_be_believed(root):
    assert root(HTTPS) == "http://photos.example.com"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Forwarded-Proto": "https,http"}, "https://photos.example.com"),
        ({"X-Forwarded-Proto": " HTTPS , http"}, "https://photos.example.com"),
        ({"X-Forwarded-Proto": "http,https"}, "http://photos.example.com"),
        ({"X-Forwarded-Proto": "javascript"}, "http://photos.example.com"),
        ({"X-Forwarded-Proto": ""}, "http://photos.example.com"),
        ({"X-Forwarded-Host": "a.example.com, b"}, "http://a.example.com"),
        ({"X-Forwarded-Host": "a.example.com:8443"}, "http://a.example.com:8443"),
        ({"X-Forwarded-Host": "[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443"),
        ({"X-Forwarded-Host": "evil/path"}, "http://photos.example.com"),
        ({"X-Forwarded-Host": "user@evil"}, "http://photos.example.com"),
        ({"X-Forwarded-Host": "a:b"}, "http://photos.example.com"),
        (HTTPS | {"X-Forwarded-Port": "8443"}, "https://photos.example.com:8443"),
        (HTTPS | {"X-Forwarded-Port": "443"}, "https://photos.example.com"),
        # The port of a proxy behind the one that speaks TLS.
        (HTTPS | {"X-Forwarded-Port": "80"}, "https://photos.example.com"),
        (HTTPS | {"X-Forwarded-Port": "8443,80"}, "https://photos.example.com:8443"),
        (HTTPS | {"X-Forwarded-Port": "0"}, "https://photos.example.com"),
        (HTTPS | {"X-Forwarded-Port": "99999999"}, "https://photos.example.com"),
        (HTTPS | {"X-Forwarded-Port": "99999"}, "https://photos.example.com"),
        (HTTPS | {"X-Forwarded-Port": "80/a"}, "https://photos.example.com"),
        (
            HTTPS | {"X-Forwarded-Host": "a:8443", "X-Forwarded-Port": "9443"},
            "https://a:8443",
        ),
        # A path comes from PUBLIC_URL alone.
        ({"X-Forwarded-Prefix": "/api"}, "http://photos.example.com"),
        ({"Forwarded": "proto=https;host=a"}, "http://photos.example.com"),
    ],
)
def test_what_a_header_may_say(root, headers, expected):
    assert root(headers) == expected


def test_a_host_with_its_port_keeps_it(root):
    headers = HTTPS | {"X-Forwarded-Port": "9443"}

    assert root(headers, host="photos.example.com:8443") == "https://photos.example.com:8443"


ONE_A_DAY = {"RATE_LIMIT": "1/day", "TRUSTED_PROXIES": "192.0.2.0/24,2001:db8::/32"}


@pytest.mark.parametrize("app", [ONE_A_DAY], indirect=True)
@pytest.mark.parametrize(
    ("hops", "client_address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 192.0.2.7", "203.0.113.9"),
        # What stands before the client's own address, the client has written.
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("nonsense, 203.0.113.9,192.0.2.7", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:4860::1]:4711", "2001:4860::1"),
        ("2001:4860::1", "2001:4860::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("nonsense", PROXY),
        ("", PROXY),
        (",", PROXY),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_the_rate_limit_counts_the_client_not_the_proxy(client, hops, client_address):
    def ask(address, headers):
        environ = {"REMOTE_ADDR": address}
        return client.get("/images", headers=headers, environ_base=environ).status_code

    assert ask(PROXY, {"X-Forwarded-For": hops}) == 200
    assert ask(client_address, {}) == 429
    assert ask("203.0.113.10", {"X-Forwarded-For": client_address}) == 200


@pytest.mark.parametrize("app", [ONE_A_DAY], indirect=True)
def test_a_long_chain_is_read_from_its_end(client):
    chain = "203.0.113.9," + ",".join(["192.0.2.2"] * 2000)
    environ = {"REMOTE_ADDR": PROXY}

    response = client.get("/images", headers={"X-Forwarded-For": chain}, environ_base=environ)

    assert response.status_code == 200


@pytest.mark.parametrize(
    "value", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "*", "10.0.0.1,", "a,b", "none,::1"]
)
def test_networks_that_are_none_stop_the_start(value):
    with pytest.raises(config.ConfigError, match="TRUSTED_PROXIES="):
        config.load({"TRUSTED_PROXIES": value})


def test_the_server_reads_no_variable_of_gunicorns(tmp_path):
    server = Server(tmp_path / "data", FORWARDED_ALLOW_IPS="*", TRUSTED_PROXIES=PROXY)
    connection = http.client.HTTPConnection("127.0.0.1", server.wait_until_up().port)
    headers = HTTPS | {"X-Forwarded-Ssl": "on", "X-Forwarded-Protocol": "ssl"}
    body = json.dumps(
        {"user_id": "ana", "filename": "a.png", "content_type": "image/png", "size": 9}
    )
    with contextlib.closing(connection):
        sent = headers | {"Content-Type": "application/json"}
        connection.request("POST", "/images", body, sent)
        location = connection.getresponse().getheader("Location")

    assert location.startswith(f"http://127.0.0.1:{server.port}/images/")
    assert server.stop() == (0, "")
