"""If something is unexpected, botocore signs the URLs in place of the presigner."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials

from service.common.errors import StorageUnavailable
from service.repositories.aws.fast.s3_presigner import S3Presigner

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)
KEY = "images/0123456789abcdef0123456789abcdef/0123456789abcdef"
TYPE = {"ResponseContentType": "image/png"}


class Signer:
    """A signer of botocore without one of its private names."""

    def __init__(self, signer):
        self.signer = signer

    def __getattr__(self, name):
        if name == "_credentials":
            raise AttributeError(name)
        return getattr(self.signer, name)


class Renamed(RefreshableCredentials):
    """Credentials of botocore without the private name of their end."""

    def __init__(self):
        super().__init__("AKIA", "secret", "token", NOON, lambda: None, "test")
        del self._expiry_time

    def refresh_needed(self, refresh_in=None):
        return False


def new_client(version="s3v4"):
    config = Config(signature_version=version, s3={"addressing_style": "path"})
    keys = {"aws_access_key_id": "AKIA", "aws_secret_access_key": "secret"}
    return boto3.client("s3", region_name="eu-central-1", config=config, **keys)


def hide_credentials(client):
    client._request_signer = Signer(client._request_signer)


def hide_end(client):
    client._request_signer._credentials = Renamed()


def ask_for_a_version(client):
    def add(params, **_more):
        params["VersionId"] = "1"

    client.meta.events.register("provide-client-params.s3.GetObject", add)


@pytest.fixture
def left():
    """The operations that were left to botocore, as the metrics count them."""
    return []


@pytest.fixture
def new_presigner(left):
    """Build the presigner of a client."""

    def build(client):
        return S3Presigner(client, "images", 900, clock=lambda: NOON, on_fallback=left.append)

    return build


@pytest.mark.parametrize("make_strange", [hide_credentials, hide_end, ask_for_a_version])
def test_the_client_signs_what_is_strange(new_presigner, left, make_strange):
    client = new_client()
    make_strange(client)
    presigner = new_presigner(client)

    for _ in range(2):
        url, _end = presigner.presign_get(KEY, 60, TYPE)
        query = parse_qs(urlsplit(url).query)
        assert urlsplit(url).path == f"/images/{KEY}"
        assert query["response-content-type"] == ["image/png"]
        assert (query["X-Amz-Expires"], "X-Amz-Signature" in query) == (["60"], True)
        assert query.get("versionId") == (["1"] if make_strange is ask_for_a_version else None)
    assert left == ["presign"]


def test_another_kind_of_signature_is_the_clients(new_presigner, left):
    presigner = new_presigner(new_client("s3"))

    url, _end = presigner.presign_get(KEY, 60, {})

    assert "Signature" in parse_qs(urlsplit(url).query)
    assert left == ["presign"]


@pytest.mark.parametrize("make_strange", [hide_credentials, hide_end])
def test_an_unknown_end_is_that_of_a_session(new_presigner, left, make_strange):
    client = new_client()
    make_strange(client)
    presigner = new_presigner(client)
    headers = {"Content-Type": "image/png"}

    ends = [
        presigner.presign_put(KEY, 3600, 1, headers)[2],
        presigner.presign_post(KEY, 3600, 1, headers)[2],
        presigner.presign_get(KEY, 3600, {})[1],
    ]

    assert ends == [NOON + timedelta(seconds=900)] * 3
    assert presigner.presign_get(KEY, 60, {})[1] == NOON + timedelta(seconds=60)
    assert left == ["presign"]


def test_a_later_fault_is_the_clients_as_well(new_presigner, left):
    client = new_client()
    presigner = new_presigner(client)
    moments = [NOON, NOON + timedelta(seconds=5)]
    presigner.clock = lambda: moments[0]
    presigner.presign_get(KEY, 60, TYPE)
    assert left == []
    hide_credentials(client)
    presigner.clock = lambda: moments[1]

    assert presigner.presign_get(KEY, 60, TYPE)[0].startswith("https://")
    assert left == ["presign"]


def test_missing_credentials_leave_nothing_to_botocore(new_presigner, left):
    client = new_client()
    credentials = client._request_signer._credentials
    client._request_signer._credentials = None
    presigner = new_presigner(client)

    with pytest.raises(StorageUnavailable):
        presigner.presign_get(KEY, 60, {})
    client._request_signer._credentials = credentials

    assert presigner.presign_get(KEY, 60, {})[0].startswith("https://")
    assert left == []
