"""A verified token is remembered for seconds: with the same keys, and until its end."""

import time

import pytest

from service.api.access.known_tokens import KNOWN_SECONDS, MOST_KNOWN
from service.api.access.tokens import Tokens
from service.common.errors import Unauthorized
from tests.support.key_server import Clock
from tests.support.signed_tokens import SECRET, token

OTHER_SECRET = "another secret that is as long as it must be"


class CountedKeys:
    """Keys that are asked for each token that is not known."""

    def __init__(self):
        self.clock = Clock()
        self.keys = [SECRET]
        self.asked = 0

    def find(self, _kid):
        self.asked += 1
        return self.keys


@pytest.fixture
def keys():
    return CountedKeys()


@pytest.fixture
def tokens(keys):
    return Tokens(keys, ["HS256"], issuer=None, audience=None)


def test_a_token_is_verified_once_in_some_seconds(tokens, keys):
    signed = token()

    said = [tokens.verify(signed) for _ in range(3)]

    assert said == [{"user_id": "ana", "is_admin": False}] * 3
    assert keys.asked == 1


def test_later_it_is_verified_again(tokens, keys):
    signed = token()
    tokens.verify(signed)

    keys.clock.now += KNOWN_SECONDS
    tokens.verify(signed)

    assert keys.asked == 2


def test_with_withdrawn_keys_no_token_is_known(tokens, keys):
    signed = token()
    tokens.verify(signed)

    keys.keys = [OTHER_SECRET]

    with pytest.raises(Unauthorized):
        tokens.verify(signed)


def test_a_token_near_its_end_is_always_verified(tokens, keys):
    # Clocks may differ by some seconds, so that it is accepted.
    signed = token(exp=int(time.time()) - 1)

    tokens.verify(signed)
    tokens.verify(signed)

    assert keys.asked == 2


def test_a_refused_token_is_refused_again(tokens, keys):
    forged = token(key=OTHER_SECRET)

    for _ in range(2):
        with pytest.raises(Unauthorized):
            tokens.verify(forged)

    assert keys.asked == 2


def test_a_known_token_makes_no_other_known(tokens):
    signed = token()
    tokens.verify(signed)

    with pytest.raises(Unauthorized):
        tokens.verify(signed[:-4] + "AAAA")


def test_no_more_tokens_are_known_than_fit(tokens):
    for number in range(MOST_KNOWN + 10):
        tokens.verify(token(sub=f"user-{number}"))

    assert len(tokens.known.entries) <= MOST_KNOWN
