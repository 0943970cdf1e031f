"""Dockerfile, README's `docker run` and what the checkers accept: checks without running them."""

import re

from service.common.version import VERSION
from tests.support.deployment import ROOT, default_params, read

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_all_stages_are_made_of_one_base_image():
    froms = re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.MULTILINE)

    assert DOCKERFILE.count("\nFROM ") == len(froms)
    # A plain build makes the last one.
    assert froms == [
        ("${PYTHON_IMAGE}", "build"),
        ("${PYTHON_IMAGE}", "base"),
        ("base", "web"),
        ("base", "lambda"),
    ]
    # Before the first FROM: otherwise only one stage would know it.
    assert DOCKERFILE.index("ARG PYTHON_IMAGE=") < DOCKERFILE.index("FROM ")


def test_every_way_of_building_has_the_same_base_image():
    (default,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    compose = (ROOT / "docker-compose.yml").read_text()

    assert re.findall(r"PYTHON_IMAGE: (.+)", compose) == [f"${{PYTHON_IMAGE:-{default}}}"] * 2
    assert f"\n    python-image: {default} #" in (ROOT / "serverless.yml").read_text()


def test_the_images_are_labelled_with_the_version():
    assert f"org.opencontainers.image.version={VERSION} " in DOCKERFILE.partition("AS web")[0]


def test_every_accepted_finding_has_its_reason():
    for line in read("tests/packaging/checkov/accepted.yml"):
        assert line.keys() - {"unless"} == {"check", "resources", "reason"}
        assert line["resources"]
        assert len(line["reason"].split()) > 8, line["check"]
        assert line.get("unless", "kms-key") in default_params()
