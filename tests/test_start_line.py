"""What the server tells whoever has started it."""

import json
import os
import re
import shutil
import subprocess

import pytest

from service.running.addresses import reachable_addresses
from tests.support.servers import Server
from tests.support.signed_tokens import SECRET

WITH_SECRET = {"AUTH": "jwt", "JWT_SECRET": SECRET}


@pytest.fixture
def start(tmp_path):
    servers = []

    def start(**settings):
        servers.append(Server(tmp_path / "data", **settings).wait_until_up())
        return servers[-1]

    yield start
    for server in servers:
        server.process.kill()
        server.end()


def type_in(line, folder, **settings):
    """Run what the line proposes after "Try" in a shell; return the answer's JSON."""
    command = re.search(r"Try[^:]*: (.*)", line)[1]
    environment = {"PATH": os.environ["PATH"]} | settings
    shell = [shutil.which("sh"), "-c", command.replace("curl ", "curl -s ")]
    done = subprocess.run(shell, cwd=folder, env=environment, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    "settings",
    [{}, WITH_SECRET, WITH_SECRET | {"JWT_ISSUER": "https://a", "JWT_AUDIENCE": "images"}],
)
def test_what_it_proposes_works(start, tmp_path, picture, settings):
    (tmp_path / "photo.jpg").write_bytes(picture)

    image = type_in(start(**settings).line, tmp_path, **settings)

    assert (image["user_id"], image["status"]) == ("me", "ready")


def test_with_an_issuer_it_says_who_makes_tokens(start):
    line = start(AUTH="jwt", JWT_JWKS_URL="https://id.example.com/keys").line

    assert "Try, with a TOKEN from your issuer: curl -H" in line
    assert "user_id" not in line


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_open_server_is_warned_of(start, host):
    server = start(HOST=host)
    (address, *_) = reachable_addresses(host)

    _, errors = server.stop()

    assert errors.count("\n") == 1
    assert errors.startswith(f"Warning: HOST={host} with AUTH=none: whoever reaches http://")
    assert f"http://{address}:{server.port}" in errors


@pytest.mark.parametrize("settings", [{}, WITH_SECRET | {"HOST": "0.0.0.0"}, {"HOST": "localhost"}])
def test_a_closed_server_is_not_warned_of(start, settings):
    assert start(**settings).stop() == (0, "")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "::ffff:127.0.0.1"])
def test_a_loopback_is_reached_by_nobody_else(host):
    assert reachable_addresses(host) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "0", "::"])
def test_every_address_means_those_of_this_machine(host):
    addresses = reachable_addresses(host)

    assert addresses
    assert not {"0.0.0.0", "::", "127.0.0.1", "::1"} & set(addresses)


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7", "nobody.invalid"])
def test_any_other_host_is_reached_by_its_name(host):
    assert reachable_addresses(host) == [host]
