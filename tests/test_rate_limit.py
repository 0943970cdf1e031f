"""RATE_LIMIT: how many requests one caller may send."""

import pytest

from service.api.access.rate_limit import NETWORK_SHARE
from service.common import config
from tests.support import pictures
from tests.support.signed_tokens import SECRET, bearer

ANA, BOB = bearer("ana"), bearer("bob")
BAD = {"Authorization": "Bearer a.b.c"}
TWO_A_DAY = {"RATE_LIMIT": "2/day"}


@pytest.fixture
def app(new_app, request):
    settings = {"AUTH": "jwt", "JWT_SECRET": SECRET} | TWO_A_DAY
    return new_app(**getattr(request, "param", settings))


@pytest.fixture
def ask(client):
    """List images so many times; return the statuses."""

    def get(times, headers=None, address="192.0.2.1", path="/images"):
        arguments = {"headers": headers, "environ_base": {"REMOTE_ADDR": address}}
        return [client.get(path, **arguments).status_code for _ in range(times)]

    return get


def test_it_works(client, ask):
    assert ask(2, ANA) == [200, 200]

    response = client.get("/images", headers=ANA)

    assert response.status_code == 429
    assert response.json["type"] == "/problems/too-many-requests"
    assert response.json["detail"] == (
        f"Wait {response.headers['Retry-After']} s, then go on. The operator of this service sets "
        "this limit: RATE_LIMIT."
    )
    assert 86_000 < int(response.headers["Retry-After"]) <= 86_400
    assert "X-Request-Id" in response.headers


def test_a_refused_upload_stores_nothing(upload, ask):
    ask(2, ANA)

    assert upload(headers=ANA).status_code == 429
    assert ask(1, bearer("root", scope="images:admin")) == [200]


def test_users_are_counted_over_all_addresses(ask):
    assert ask(1, ANA, "192.0.2.1") + ask(2, ANA, "192.0.2.2") == [200, 200, 429]
    assert ask(1, BOB, "192.0.2.1") == [200]


def test_requests_without_a_token_count_by_address(ask):
    assert ask(1) + ask(2, BAD) == [401, 401, 429]
    assert ask(3, address="192.0.2.2") == [401, 401, 429]


def test_requests_without_a_token_do_not_limit_users(ask):
    ask(5)

    assert ask(2, ANA) == [200, 200]


def test_users_do_not_limit_requests_without_a_token(ask):
    ask(5, ANA)

    assert ask(1) == [401]


def test_paths_that_do_not_exist_count(ask):
    assert ask(3, path="/wp-login.php") == [404, 404, 429]


@pytest.mark.parametrize("address", ["", "a:b", "1:2:3", "test-invoke-source-ip", "192.0.2.1:80"])
def test_what_is_no_address_counts_too(ask, address):
    assert ask(3, address=address) == [401, 401, 429]


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_is_never_limited(ask, path):
    assert ask(5, path=path) == [200] * 5


@pytest.mark.parametrize("app", [TWO_A_DAY], indirect=True)
def test_without_tokens_addresses_are_counted(ask):
    assert ask(3) == [200, 200, 429]
    assert ask(1, address="192.0.2.2") == [200]


@pytest.mark.parametrize("app", [TWO_A_DAY], indirect=True)
def test_signed_file_urls_do_not_count(upload, client):
    url = upload(pictures.png(8, 8)).json["url"]

    statuses = [client.get(url, buffered=True).status_code for _ in range(5)]

    assert statuses == [200] * 5


@pytest.mark.parametrize("app", [TWO_A_DAY], indirect=True)
def test_a_network_of_ipv6_is_one_address(ask):
    addresses = ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:0:9::3", "2001:db8:0:1::1"]

    assert [ask(1, address=address)[0] for address in addresses] == [200, 200, 429, 200]


@pytest.mark.parametrize("app", [TWO_A_DAY], indirect=True)
def test_the_networks_of_one_subscriber_are_bounded(ask):
    networks = [f"2001:db8:1:{number:x}::1" for number in range(40)]

    statuses = [ask(1, address=address)[0] for address in networks]

    assert statuses == [200] * 2 * NETWORK_SHARE + [429] * (40 - 2 * NETWORK_SHARE)
    assert ask(1, address="2001:db8:2::1") == [200]


@pytest.mark.parametrize("address", ["fe80::1%eth0", "", "::ffff:192.0.2.1"])
@pytest.mark.parametrize("app", [TWO_A_DAY], indirect=True)
def test_odd_addresses_are_counted(ask, address):
    assert ask(3, address=address) == [200, 200, 429]
    assert ask(1, address="::ffff:192.0.2.2") == [200]


@pytest.mark.parametrize("app", [{}], indirect=True)
def test_without_the_setting_there_is_no_limit(ask):
    assert ask(50) == [200] * 50


@pytest.mark.parametrize("rate", ["0/minute", "60", "60 per minute", "1/fortnight", "1/2 day"])
def test_an_invalid_rate_stops_the_start(rate):
    with pytest.raises(config.ConfigError, match="RATE_LIMIT="):
        config.load({"RATE_LIMIT": rate})
