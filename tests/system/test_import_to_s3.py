"""Large pictures of a folder go straight to an S3 that checks signatures, small ones do not."""

import json
import urllib.request

import pytest
from click.testing import CliRunner

from service.app import create_app
from service.operators.commands.import_images import import_command
from service.operators.doctor.embedded_checks import serving
from service.repositories.aws.provision import provision
from tests.support import pictures

SMALL, LARGE = pictures.png(9, 9), pictures.jpeg(64, 48)


@pytest.fixture
def address(ministack):
    """The address of a service on S3 and DynamoDB; it takes small bodies only."""
    settings = {"USE_LOCALSTACK": "1", "AWS_ENDPOINT_URL": ministack, "LOG_LEVEL": "ERROR"}
    settings |= {"MAX_INLINE_SIZE": str(len(LARGE) - 1), "AUTH": "none"}
    app = create_app(settings | {"BUCKET_NAME": "imported", "TABLE_NAME": "imported"})
    provision(app.extensions["settings"])
    with serving(app) as address:
        yield address
    app.extensions["readiness"].askers.shutdown()


def bring(folder, address):
    """Import a folder for Ana; return the figures."""
    words = [str(folder), "--to", address, "--user", "ana"]
    result = CliRunner().invoke(import_command, words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def load(url):
    with urllib.request.urlopen(url) as response:
        return response.read()


def test_both_arrive_and_are_sent_once(address, tmp_path):
    (tmp_path / "small.png").write_bytes(SMALL)
    (tmp_path / "large.jpg").write_bytes(LARGE)

    first, second = bring(tmp_path, address), bring(tmp_path, address)

    images = json.loads(load(f"{address}/images?user_id=ana"))["images"]
    stored = {image["filename"]: load(image["url"]) for image in images}
    assert (first["uploaded"], second["uploaded"], second["present"]) == (2, 0, 2)
    assert stored == {"small.png": SMALL, "large.jpg": LARGE}
