"""Stable URLs of S3: who signs them, since when, and until when they work."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.credentials import Credentials, RefreshableCredentials

from service.models.cache_headers import cache_control
from service.repositories.aws.fast.s3_presigner import S3Presigner
from service.repositories.stable_urls import quarter_of
from tests.repositories.test_s3_presigner import KEY, TOKEN, comparable, new_client
from tests.support.clocks import Clock
from tests.support.sdk_time import set_sdk_time

SEEN = datetime(2026, 2, 13, 12, 7, 30, 987654, UTC)
SECOND = timedelta(seconds=1)
START = SEEN.replace(microsecond=0)
KEPT = {"ResponseCacheControl": cache_control(3600)}
LASTING = Credentials("AKIA", "secret")
SESSION = Credentials("AKIA", "secret", TOKEN)


@pytest.fixture
def clock():
    return Clock(SEEN)


@pytest.fixture
def new_presigner(clock):
    """Build the presigner of credentials; sessions without a known end last session_seconds."""

    def build(credentials, session_seconds=3600):
        return S3Presigner(new_client(credentials), "images", session_seconds, clock=clock)

    return build


@pytest.fixture
def role(clock):
    """Build the credentials of a role that end after a time; `then` come next."""

    def build(lasts, then=None):
        end = clock() + lasts
        keys = ("ASIA", "secret", TOKEN, end, lambda: then, "test")
        return RefreshableCredentials(*keys, time_fetcher=clock)

    return build


def stable(presigner):
    """Return (URL, end) of a stable URL that our own signer has signed."""
    found = presigner.presign_get(KEY, None, KEPT)
    assert not presigner.fallbacks.operations
    return found


def signed_at(url):
    """Return the time of a URL's signature; it lives an hour."""
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["3600"]
    return datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


@pytest.mark.parametrize("credentials", [LASTING, SESSION])
def test_the_text_is_what_botocore_signs_at_that_time(new_presigner, clock, credentials):
    presigner = new_presigner(credentials)
    stable(presigner)
    clock.forward(minutes=10)
    params = {"Bucket": "images", "Key": KEY, **KEPT}

    ours, _ = stable(presigner)
    with pytest.MonkeyPatch.context() as patch:
        set_sdk_time(patch, signed_at(ours))
        theirs = presigner.client.generate_presigned_url(
            "get_object", Params=params, ExpiresIn=3600
        )

    assert comparable(ours) == comparable(theirs)


def test_lasting_keys_sign_at_the_start_of_the_quarter(new_presigner):
    url, end = stable(new_presigner(LASTING))

    # Another process that starts in the same quarter of an hour gives the same text.
    assert signed_at(url) == quarter_of(SEEN)
    assert end == quarter_of(SEEN) + timedelta(hours=1)


def test_a_session_signs_at_no_time_before_it_was_seen(new_presigner, clock):
    presigner = new_presigner(SESSION)
    first, end = stable(presigner)
    clock.forward(minutes=7)
    second, _ = stable(presigner)
    clock.forward(minutes=1)
    third, _ = stable(presigner)

    assert (signed_at(first), end) == (START, START + timedelta(hours=1))
    assert second == first
    assert signed_at(third) == datetime(2026, 2, 13, 12, 15, tzinfo=UTC)


def test_threads_see_new_credentials_at_one_moment(new_presigner):
    ticks = itertools.count()
    presigners = [new_presigner(SESSION) for _ in range(10)]
    for presigner in presigners:
        # As on a busy machine: a thread may wait for seconds after it has read the time.
        presigner.clock = lambda: SEEN + next(ticks) * SECOND / 4
        with ThreadPoolExecutor(8) as threads:
            urls = {url for url, _end in threads.map(stable, [presigner] * 16)}

        assert len(urls) == 1


def test_new_credentials_have_a_text_of_their_own(new_presigner, clock, role):
    fresh = {"access_key": "ASIB", "secret_key": "other", "token": "fresh"}
    then = fresh | {"expiry_time": (SEEN + timedelta(hours=6)).isoformat()}
    presigner = new_presigner(role(timedelta(minutes=16), then))
    before, _ = stable(presigner)
    clock.forward(minutes=2)

    after, end = stable(presigner)
    clock.forward(minutes=3)

    assert ("ASIA" in before, "ASIB" in after) == (True, True)
    assert signed_at(after) == START + timedelta(minutes=2)
    assert end == START + timedelta(minutes=62)
    assert stable(presigner) == (after, end)


def test_keys_that_rotate_are_noticed_within_a_second(new_presigner, clock):
    presigner = new_presigner(LASTING)
    before, _ = stable(presigner)
    presigner.client._request_signer._credentials = Credentials("AKIB", "other")
    clock.forward(seconds=1)

    after, _ = stable(presigner)

    assert ("AKIA" in before, "AKIB" in after) == (True, True)
    assert signed_at(after) == signed_at(before)


def test_a_url_ends_with_its_role(new_presigner, clock, role):
    presigner = new_presigner(role(timedelta(minutes=40)))
    first, end = stable(presigner)
    clock.forward(minutes=4)

    assert end == SEEN + timedelta(minutes=40)
    assert stable(presigner) == (first, end)


def test_a_role_that_is_prolonged_keeps_its_text(new_presigner, clock, role):
    credentials = role(timedelta(minutes=20))
    presigner = new_presigner(credentials)
    first, _ = stable(presigner)
    credentials._expiry_time += timedelta(hours=5)
    clock.forward(seconds=1)

    assert stable(presigner) == (first, START + timedelta(hours=1))


def test_the_unknown_end_of_a_session_is_estimated_from_now(new_presigner, clock):
    presigner = new_presigner(SESSION, session_seconds=900)
    first, end = stable(presigner)
    clock.forward(minutes=7)

    later, later_end = stable(presigner)

    # Not from the signature: the URL would seem to be over while it still works.
    assert (end, later_end) == (START + 900 * SECOND, START + 900 * SECOND + timedelta(minutes=7))
    assert later == first


def test_a_session_is_estimated_no_longer_than_its_url(new_presigner, clock):
    presigner = new_presigner(SESSION, session_seconds=3000)
    stable(presigner)
    quarter = clock.now = datetime(2026, 2, 13, 12, 15, tzinfo=UTC)
    clock.forward(minutes=14)

    _, end = stable(presigner)

    assert end == quarter + timedelta(hours=1)


def test_without_our_signer_the_client_signs_at_once(new_presigner, clock):
    presigner = new_presigner(LASTING)
    presigner.fallbacks.add("presign", Exception())

    url, end = presigner.presign_get(KEY, None, KEPT)

    query = parse_qs(urlsplit(url).query)
    assert query["response-cache-control"] == [cache_control(3600)]
    assert query["X-Amz-Expires"] == ["3600"]
    assert end == SEEN + timedelta(hours=1)
