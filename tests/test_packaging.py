"""Dockerfile, compose file and pins: checks without running them."""

import json
import re
import zipfile

import pytest

from service.common import config
from service.web.gallery import FOLDER
from tests.packaging.zip_variant import write_zip
from tests.support.deployment import ROOT, read

DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split("\n")
COMPOSE = read("docker-compose.yml")["services"]
OWN = [name for name, service in COMPOSE.items() if service.get("profiles") == ["own"]]


@pytest.mark.parametrize("name", ["app", "photos"])
def test_every_variable_is_a_setting(name):
    settings = {name for name, *_ in config.SETTINGS}

    assert set(COMPOSE[name]["environment"]) <= settings


def test_the_deployment_tools_are_pinned():
    package = json.loads((ROOT / "package.json").read_text())
    lock = (ROOT / "package-lock.json").read_text()

    assert set(package["devDependencies"]) == {"osls", "serverless-wsgi"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in package["devDependencies"].values())
    assert '"resolved"' not in lock


def test_the_web_image_runs_as_nobody_in_particular():
    web = DOCKERFILE.partition("AS web")[2].partition("FROM ")[0]

    assert re.search(r"^USER \d+:\d+$", web, re.MULTILINE)
    assert "HEALTHCHECK" in web


def test_the_dockerfile_builds_without_buildkit_and_network_tools():
    code = re.sub(r"^#.*", "", DOCKERFILE, flags=re.MULTILINE)

    assert not re.findall(r"^\s*#\s*syntax=", DOCKERFILE, re.MULTILINE)
    assert not re.findall(r"--chmod|--mount|apt-get", code)


def test_the_build_context_is_an_allow_list():
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)

    assert "*" in IGNORED
    assert {name for line in copied for name in line.split()} == {
        line[1:] for line in IGNORED if line.startswith("!")
    }


def test_the_zip_has_every_file_of_the_gallery(tmp_path):
    packages = tmp_path / "packages"
    packages.mkdir()

    write_zip(tmp_path / "service.zip", packages)

    with zipfile.ZipFile(tmp_path / "service.zip") as archive:
        packed = set(archive.namelist())
    files = {str(path.relative_to(ROOT)) for path in FOLDER.rglob("*") if path.is_file()}
    assert files
    assert files <= packed


def test_the_images_have_every_file_of_the_service():
    # tests/packaging/journey.py opens the page of each image that was built.
    assert IGNORED.count("!service") == 1
    assert IGNORED[IGNORED.index("!service") + 1 :] == ["**/__pycache__", ""]
    assert "\nCOPY service ./service\n" in DOCKERFILE


def test_compose_is_reached_from_this_machine_only():
    ports = COMPOSE["app"]["ports"] + COMPOSE["localstack"]["ports"]

    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_pins_the_emulator_and_waits_for_it():
    assert re.search(r":\d+\.\d+\.\d+}$", COMPOSE["localstack"]["image"])
    assert COMPOSE["app"]["depends_on"] == {"localstack": {"condition": "service_healthy"}}
    assert COMPOSE["app"]["build"]["target"] == "web"


def test_compose_starts_no_own_server_by_itself():
    assert OWN == ["caddy", "photos", "backup"]
    assert COMPOSE["caddy"]["depends_on"].keys() == {"photos", "backup"}
    # A variable that must be set would be missed by `docker compose up` too.
    assert not re.search(r"\$\{\w+:?\?", (ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("name", OWN)
def test_an_own_server_lasts_and_is_bounded(name):
    service = COMPOSE[name]

    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert all(service[limit] for limit in ("mem_limit", "cpus", "pids_limit"))
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "healthcheck" in service or name == "photos"


def test_only_caddy_of_an_own_server_is_reached():
    assert re.search(r":\d+\.\d+\.\d+}$", COMPOSE["caddy"]["image"])
    assert COMPOSE["caddy"]["cap_add"] == ["NET_BIND_SERVICE"]
    assert [name for name in OWN if "ports" in COMPOSE[name]] == ["caddy"]
    assert COMPOSE["backup"]["network_mode"] == "none"
    assert COMPOSE["photos"]["environment"]["AUTH"] == "jwt"


def test_an_own_server_trusts_its_own_network_only():
    (network,) = read("docker-compose.yml")["networks"]["own"]["ipam"]["config"]

    assert COMPOSE["photos"]["environment"]["TRUSTED_PROXIES"] == network["subnet"]
    assert COMPOSE["caddy"]["networks"] == COMPOSE["photos"]["networks"] == ["own"]


def test_caddy_lets_through_what_the_service_accepts():
    largest = int(re.search(r"max_size (\d+)MB", COMPOSE["caddy"]["environment"]["CADDYFILE"])[1])
    most = 100 * 2**20

    config.load({"MAX_IMAGE_SIZE": str(most)})
    with pytest.raises(config.ConfigError):
        config.load({"MAX_IMAGE_SIZE": str(most + 1)})
    # JSON brings an image as base64.
    assert largest * 10**6 > most * 4 / 3
