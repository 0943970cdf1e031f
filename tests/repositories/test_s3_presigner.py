from datetime import UTC, datetime, timedelta
from random import Random

import boto3
import botocore.session
import pytest
from botocore.compat import HAS_CRT
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from service.common.errors import StorageUnavailable
from service.models.cache_headers import cache_control
from service.models.content_disposition import content_disposition
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.aws.fast.signed_gets import QUERY_NAMES
from tests.support.sdk_time import set_sdk_time

NOON = datetime(2026, 2, 13, 12, 0, 0, 987654, UTC)
TOKEN = "IQoJb3JpZ2luX2VjE/+==" * 40
LOADER = Loader(include_default_search_paths=True)
KEY = "images/0123456789abcdef0123456789abcdef/0123456789abcdef"
ENDPOINTS = [
    (None, "path"),
    (None, "auto"),
    (None, "virtual"),
    ("http://localhost:4566", "path"),
    ("http://localhost:80", "path"),
    ("https://LOCALHOST:443/", "path"),
    ("http://127.0.0.1:9000", "auto"),
    ("http://[::1]:4566", "path"),
    ("https://images.example.com:8443", "virtual"),
    ("https://images.example.com/storage", "path"),
]
KEY_PARTS = [*"aZ09/.~-_+ %?#&=;:@$,!'()*[]\"\\éß写😀\u202e", "//", "../", "./", "%2F", "%41"]
RESPONSE_PARAMS = [
    {},
    {"ResponseContentType": "image/svg+xml; charset=utf-8"},
    {"ResponseCacheControl": "private, max-age=3600, immutable"},
    {
        "ResponseContentType": "image/png",
        "ResponseContentDisposition": content_disposition("é; 100%\"'.png"),
        "ResponseCacheControl": "no-store",
    },
]
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
secrets = st.text("abcXYZ019/+=", min_size=1, max_size=40)
times = st.datetimes(datetime(2001, 1, 1), datetime(2099, 12, 31)).map(
    lambda time: time.replace(tzinfo=UTC)
)


class Provider:
    """Provides the credentials of a test to a botocore session."""

    def __init__(self, credentials):
        self.credentials = credentials

    def load_credentials(self):
        return self.credentials


def new_client(credentials, endpoint=None, style="auto", region="eu-central-1"):
    session = botocore.session.Session()
    session.register_component("credential_provider", Provider(credentials))
    session.register_component("data_loader", LOADER)
    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    return boto3.session.Session(botocore_session=session, region_name=region).client(
        "s3", endpoint_url=endpoint, config=config
    )


def sign_both(presigner, key, expires_in, response_params):
    """Return our URL and botocore's, signed at the same moment."""
    params = {"Bucket": presigner.bucket_name, "Key": key, **response_params}
    with pytest.MonkeyPatch.context() as patch:
        set_sdk_time(patch, presigner.clock())
        theirs = presigner.client.generate_presigned_url(
            "get_object", Params=params, ExpiresIn=expires_in
        )
    ours = presigner.presign_get(key, expires_in, response_params)[0]
    assert not presigner.fallbacks.operations
    return comparable(ours), comparable(theirs)


def comparable(url):
    """Return a URL. With the package awscrt its query is sorted, because its order differs."""
    if not HAS_CRT:
        return url
    address, _, query = url.partition("?")
    return "?".join([address, *sorted(query.split("&"))])


def expires_at(credentials, expires_in=3600):
    presigner = S3Presigner(new_client(credentials), "images", 900, clock=lambda: NOON)
    return presigner.presign_get(KEY, expires_in, {})[1]


def refreshable(ends_at, refreshed=None):
    return RefreshableCredentials(
        "AKIA", "secret", TOKEN, ends_at, lambda: refreshed, "test", time_fetcher=lambda: NOON
    )


@pytest.mark.parametrize("token", [None, TOKEN], ids=["keys", "session"])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize(("endpoint", "style"), ENDPOINTS)
def test_it_works(endpoint, style, region, token):
    client = new_client(Credentials("AKIA", "secret", token), endpoint, style, region)

    for bucket_name in ("images", "my.dotted.images"):
        presigner = S3Presigner(client, bucket_name, 3600, clock=lambda: NOON)
        for response_params in RESPONSE_PARAMS:
            ours, theirs = sign_both(presigner, KEY, 3600, response_params)
            assert ours == theirs


client = new_client(None)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_url_is_botocores_byte_for_byte(data):
    client._request_signer._credentials = Credentials(
        data.draw(secrets), data.draw(secrets), data.draw(st.none() | secrets)
    )
    time = data.draw(times)
    presigner = S3Presigner(client, "images", 3600, clock=lambda: time)

    for key in data.draw(st.lists(texts.filter(bool), min_size=1, max_size=4)):
        chosen = data.draw(st.lists(st.sampled_from(sorted(QUERY_NAMES)), unique=True))
        response_params = {name: data.draw(texts) for name in chosen}
        expires_in = data.draw(st.integers(1, 604800))
        ours, theirs = sign_both(presigner, key, expires_in, response_params)
        assert ours == theirs


def test_three_thousand_urls_are_botocores_byte_for_byte():
    random = Random(2026)
    client._request_signer._credentials = Credentials("AKIA", "secret", TOKEN)
    presigner = S3Presigner(client, "images", 3600)

    for _ in range(3000):
        key = "".join(random.choices(KEY_PARTS, k=random.randint(1, 9)))
        filename = "".join(random.choices(KEY_PARTS, k=random.randint(1, 30)))
        time = NOON + timedelta(seconds=random.randint(0, 10**8))
        presigner.clock = lambda time=time: time
        life = random.randint(1, 604800)
        added = {"ResponseCacheControl": cache_control(life)}
        added["ResponseContentDisposition"] = content_disposition(filename)
        ours, theirs = sign_both(presigner, key, life, added)
        assert ours == theirs


def test_the_signing_key_follows_the_date():
    moments = [NOON + timedelta(hours=hours) for hours in range(0, 72, 7)]
    presigner = S3Presigner(new_client(Credentials("AKIA", "secret")), "images", 3600)

    for moment in moments + moments[::-1]:
        presigner.clock = lambda moment=moment: moment
        ours, theirs = sign_both(presigner, KEY, 60, {})
        assert ours == theirs


def test_rotated_credentials_sign_the_next_url():
    refreshed = {
        "access_key": "AKIB",
        "secret_key": "other",
        "token": "fresh",
        "expiry_time": "2026-02-13T18:00:00Z",
    }
    credentials = refreshable(NOON + timedelta(hours=1), refreshed)
    presigner = S3Presigner(new_client(credentials), "images", 900, clock=lambda: NOON)
    before = presigner.presign_get(KEY, 7200, {})
    later = NOON + timedelta(minutes=58)
    presigner.clock = credentials._time_fetcher = lambda: later

    ours, theirs = sign_both(presigner, KEY, 7200, {})
    after = presigner.presign_get(KEY, 7200, {})

    assert "AKIA" in before[0]
    assert before[1] == NOON + timedelta(hours=1)
    assert ours == theirs == comparable(after[0])
    assert "AKIB" in ours
    assert after[1] == later.replace(microsecond=0) + timedelta(hours=2)


def test_long_lived_keys_do_not_shorten_a_url():
    end = datetime(2026, 2, 20, 12, tzinfo=UTC)

    assert expires_at(Credentials("AKIA", "secret"), 604800) == end


def test_a_url_ends_with_its_credentials():
    end = NOON + timedelta(minutes=40)

    assert expires_at(refreshable(end)) == end
    assert expires_at(refreshable(end), 60) == datetime(2026, 2, 13, 12, 1, tzinfo=UTC)


def test_a_session_of_unknown_length_is_capped():
    credentials = Credentials("AKIA", "secret", TOKEN)

    assert expires_at(credentials, 3600) == datetime(2026, 2, 13, 12, 15, tzinfo=UTC)
    assert expires_at(credentials, 60) == datetime(2026, 2, 13, 12, 1, tzinfo=UTC)


def test_missing_credentials_are_a_fault_of_ours():
    presigner = S3Presigner(new_client(None), "images", 3600)

    with pytest.raises(StorageUnavailable) as caught:
        presigner.presign_get(KEY, 60, {})
    assert caught.value.facts["code"] == "NoCredentialsError"
