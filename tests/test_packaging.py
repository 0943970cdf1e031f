"""Dockerfile, compose file, serverless.yml and pins: checks without running them."""

import json
import re
import zipfile
from pathlib import Path

import pytest
import yaml

from service.common import config
from service.models.image import INCOMING
from service.repositories.aws.dynamodb.table import table_definition
from service.web.gallery import FOLDER
from tests.packaging.zip_variant import write_zip
from tests.support.gateway_events import SCHEDULED

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = (ROOT / ".dockerignore").read_text().split("\n")


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms (!Ref, !If ...) as {tag: value}."""


def read_tag(loader, tag, node):
    readers = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: loader.construct_sequence,
        yaml.MappingNode: loader.construct_mapping,
    }
    if isinstance(node, yaml.ScalarNode):
        return {tag: readers[type(node)](node)}
    return {tag: readers[type(node)](node, deep=True)}


Loader.add_multi_constructor("!", read_tag)


def read_yaml(name):
    return yaml.load((ROOT / name).read_text(), Loader)


SERVERLESS = read_yaml("serverless.yml")
COMPOSE = read_yaml("docker-compose.yml")["services"]
OWN = [name for name, service in COMPOSE.items() if service.get("profiles") == ["own"]]
RESOURCES = SERVERLESS["resources"]["Resources"]


def test_the_table_is_the_one_that_provision_makes():
    table = dict(RESOURCES["Table"]["Properties"])
    made = table_definition("any")
    del made["TableName"]

    assert table.pop("PointInTimeRecoverySpecification") == {"PointInTimeRecoveryEnabled": True}
    assert table == made


@pytest.mark.parametrize("name", ["Bucket", "BucketPolicy", "Table"])
def test_what_holds_images_outlives_the_stack(name):
    assert RESOURCES[name]["DeletionPolicy"] == "Retain"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_versioning_of_the_bucket_is_off():
    assert "VersioningConfiguration" not in RESOURCES["Bucket"]["Properties"]


def test_the_bucket_is_private():
    block = RESOURCES["Bucket"]["Properties"]["PublicAccessBlockConfiguration"]

    assert set(block.values()) == {True}


def test_nobody_deploys_an_open_service_by_accident():
    assert "auth" not in SERVERLESS["params"]["default"]
    assert SERVERLESS["provider"]["environment"]["AUTH"] == "${param:auth}"


def test_bytes_that_arrive_are_an_event_of_the_api():
    pattern = SERVERLESS["functions"]["api"]["events"][1]["eventBridge"]["pattern"]
    notified = RESOURCES["Bucket"]["Properties"]["NotificationConfiguration"]

    assert (pattern["source"], pattern["detail-type"]) == (["aws.s3"], ["Object Created"])
    assert pattern["detail"]["object"]["key"] == [{"prefix": INCOMING}]
    assert notified == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_the_handler_knows_the_schedule_of_the_sweep():
    schedule = SERVERLESS["functions"]["sweep"]["events"][0]["schedule"]
    name = SCHEDULED["resources"][0].rpartition("/")[2]

    assert name == "image-service-dev-sweep"
    assert schedule["name"] == "${self:service}-${sls:stage}-sweep"


def test_permissions_name_actions_and_places():
    for statement in SERVERLESS["provider"]["iam"]["role"]["statements"]:
        assert not [action for action in statement["Action"] if "*" in action]
        assert statement["Resource"] != "*"


def test_every_function_leaves_its_gateway_or_lambda_some_time():
    functions = SERVERLESS["functions"]

    assert functions["api"]["timeout"] == 29
    assert functions["sweep"]["timeout"] == 900
    assert functions["sweep"]["reservedConcurrency"] == 1


@pytest.mark.parametrize(
    "environment",
    [
        SERVERLESS["provider"]["environment"],
        COMPOSE["app"]["environment"],
        COMPOSE["photos"]["environment"],
    ],
    ids=["serverless.yml", "docker-compose.yml", "own server"],
)
def test_every_variable_is_a_setting(environment):
    settings = {name for name, *_ in config.SETTINGS}

    assert set(environment) <= settings


def test_the_deployment_tools_are_pinned():
    package = json.loads((ROOT / "package.json").read_text())
    lock = (ROOT / "package-lock.json").read_text()

    assert set(package["devDependencies"]) == {"osls", "serverless-wsgi"}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in package["devDependencies"].values())
    assert '"resolved"' not in lock


def test_the_lambda_image_is_what_a_plain_build_makes():
    assert re.findall(r" AS (\w+)", DOCKERFILE) == ["build", "base", "web", "lambda"]


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
    (network,) = read_yaml("docker-compose.yml")["networks"]["own"]["ipam"]["config"]

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
