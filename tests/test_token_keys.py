import threading

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.api.access.jwks import IssuerKeys
from service.common import config
from service.common.config import ConfigError
from service.common.errors import KeysUnavailable
from tests.support.key_server import Clock, Issuer, drip, ec_jwk, rsa_jwk
from tests.support.signed_tokens import bearer, by_hand, token

MINUTE = 61
HOUR = 3601


class Impatient(IssuerKeys):
    """Keys whose fetch has a short timeout."""

    fetch_seconds = 0.2


@pytest.fixture(scope="session")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def issuer(rsa_key, ec_key):
    with Issuer() as issuer:
        issuer.publish(rsa_jwk(rsa_key), ec_jwk(ec_key))
        thread = threading.Thread(target=issuer.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield issuer
        issuer.may_answer.set()
        issuer.stopped.set()
        issuer.shutdown()
        thread.join()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(issuer, clock):
    return IssuerKeys(issuer.url, clock)


@pytest.fixture
def client(new_app, issuer):
    return new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()


def test_it_works(client, issuer, rsa_key, ec_key):
    by_rsa = bearer("ana", key=rsa_key, algorithm="RS256", headers={"kid": "r"})
    by_ec = bearer("bob", key=ec_key, algorithm="ES256", headers={"kid": "e"})

    assert client.get("/images?user_id=ana", headers=by_rsa).status_code == 200
    assert client.get("/images?user_id=bob", headers=by_ec).status_code == 200
    assert client.get("/images?user_id=bob", headers=by_rsa).status_code == 403
    assert issuer.paths == ["/keys"]


def test_nothing_is_fetched_before_it_is_needed(client, issuer):
    client.get("/health")
    client.get("/images")
    client.get("/images", headers={"Authorization": "Bearer garbage"})

    assert issuer.paths == []


def test_forged_tokens_are_refused(client, issuer, rsa_key, ec_key):
    stranger = rsa.generate_private_key(65537, 2048)
    public = rsa_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = jwt.decode(token(), options={"verify_signature": False})
    forged = [
        token(key=stranger, algorithm="RS256", headers={"kid": "r"}),
        token(key=stranger, algorithm="RS256", headers={"kid": "r", "jwk": rsa_jwk(stranger)}),
        token(key=stranger, algorithm="RS256", headers={"kid": "x", "jku": f"{issuer.url}2"}),
        token(key=stranger, algorithm="RS256", headers={"kid": "r", "x5u": f"{issuer.url}2"}),
        token(key=rsa_key, algorithm="RS256"),
        token(key=rsa_key, algorithm="RS512", headers={"kid": "r"}),
        token(key=rsa_key, algorithm="PS256", headers={"kid": "r"}),
        token(key=rsa_key, algorithm="RS256", headers={"kid": "e"}),
        token(key=ec_key, algorithm="ES256", headers={"kid": "r"}),
        token(headers={"kid": "r"}),
        by_hand({"alg": "HS256", "kid": "r"}, claims, public),
        by_hand({"alg": "HS256", "kid": "r"}, claims, public.strip()),
        by_hand({"alg": "none", "kid": "r"}, claims),
        by_hand({"alg": "RS256", "kid": "r"}, claims),
    ]

    for text in forged:
        response = client.get("/images", headers={"Authorization": f"Bearer {text}"})
        assert (response.status_code, response.json["type"]) == (401, "/problems/unauthorized")
    assert set(issuer.paths) == {"/keys"}


@pytest.mark.parametrize("kid", ["../../etc/passwd", "/dev/null", "' OR 1=1", "", "\x00", "R"])
def test_a_kid_is_only_looked_up(client, issuer, rsa_key, kid):
    headers = bearer("ana", key=rsa_key, algorithm="RS256", headers={"kid": kid})

    assert client.get("/images", headers=headers).status_code == 401
    assert issuer.paths == ["/keys"]


def test_unknown_kids_cause_at_most_one_fetch_a_minute(keys, issuer, clock):
    found = [keys.find(f"kid{n}") for n in range(50)]

    assert (found, len(issuer.paths)) == ([None] * 50, 1)
    clock.now += MINUTE - 2
    assert (keys.find("a"), len(issuer.paths)) == (None, 1)
    clock.now += 2
    assert [keys.find("a"), keys.find("b")] == [None, None]
    assert len(issuer.paths) == 2


def test_a_new_key_is_found(keys, issuer, clock, ec_key):
    assert keys.find("new") is None

    issuer.publish(ec_jwk(ec_key, kid="new"))
    clock.now += MINUTE

    assert keys.find("new").algorithm_name == "ES256"
    assert keys.find("r") is None


def test_known_keys_are_fetched_again_once_an_hour(keys, issuer, clock, ec_key):
    for _ in range(3):
        keys.find("r")
        clock.now += MINUTE
    assert len(issuer.paths) == 1

    issuer.publish(ec_jwk(ec_key))
    clock.now += HOUR

    assert keys.find("r") is None
    assert len(issuer.paths) == 2


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"{}"),
        (404, {}, b"not here"),
        (302, {"Location": "/elsewhere"}, b""),
        (307, {"Location": "/elsewhere"}, b""),
        (200, {}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b'{"keys": []}'),
        (200, {}, b'{"keys": {"kid": "r"}}'),
        (200, {}, b'{"keys": [{"kty": "oct", "kid": "r", "k": "c2VjcmV0"}]}'),
        (200, {}, b'{"keys": [{"kty": "RSA", "kid": "r", "n": "", "e": "AQAB"}]}'),
        (200, {}, b"[" * 100_000),
        (200, {"Content-Length": "9"}, b"{"),
    ],
)
def test_old_keys_are_kept_after_a_bad_answer(keys, issuer, clock, answer):
    key = keys.find("r")
    issuer.answer = answer
    clock.now += HOUR

    assert keys.find("r") is key
    assert keys.find("new") is None
    assert issuer.paths == ["/keys"] * 2


def test_without_any_key_it_is_503(new_app, issuer):
    issuer.answer = (500, {}, b"")
    client = new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()

    response = client.get("/images", headers=bearer("ana"))

    assert (response.status_code, response.json["type"]) == (503, "/problems/keys-unavailable")
    assert response.headers["Retry-After"] == "5"
    assert issuer.url not in response.text


def test_without_any_key_the_next_try_comes_soon(keys, issuer, clock, rsa_key):
    issuer.answer = (500, {}, b"")
    for _ in range(5):
        with pytest.raises(KeysUnavailable):
            keys.find("r")
    assert len(issuer.paths) == 1

    issuer.publish(rsa_jwk(rsa_key))
    clock.now += 6

    assert keys.find("r").algorithm_name == "RS256"


def test_an_issuer_that_does_not_answer_is_given_up(issuer):
    issuer.may_answer.clear()
    keys = Impatient(issuer.url)

    with pytest.raises(KeysUnavailable):
        keys.find("r")

    assert issuer.answered == 0


def test_an_answer_that_does_not_end_is_given_up(issuer):
    _status, _headers, content = issuer.answer
    issuer.answer = (200, {}, drip(content, issuer.stopped))

    with pytest.raises(KeysUnavailable):
        Impatient(issuer.url).find("r")


def test_an_answer_that_is_too_large_is_not_read(keys, issuer):
    _status, _headers, content = issuer.answer
    issuer.answer = (200, {}, b" " * 256 * 1024 + content)

    with pytest.raises(KeysUnavailable):
        keys.find("r")


def test_an_unreachable_issuer_is_keys_unavailable():
    with pytest.raises(KeysUnavailable):
        Impatient("http://127.0.0.1:1/keys").find("r")


def test_keys_for_other_uses_are_ignored(keys, issuer, rsa_key, ec_key):
    issuer.publish(
        rsa_jwk(rsa_key, kid="encrypts", use="enc"),
        rsa_jwk(rsa_key, kid="longer", alg="RS512"),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"},
        {"kty": "unheard of", "kid": "new kind"},
        "nonsense",
        ec_jwk(ec_key),
    )

    assert keys.find("e").algorithm_name == "ES256"
    for kid in ("encrypts", "longer", "shared", "new kind"):
        assert keys.find(kid) is None


def test_short_keys_are_refused(new_app, issuer):
    short = rsa.generate_private_key(65537, 1024)
    issuer.publish(rsa_jwk(short))
    client = new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()
    public = short.public_key().public_numbers()
    assert public.n.bit_length() == 1024

    with pytest.warns(match="below"):
        headers = bearer("ana", key=short, algorithm="RS256", headers={"kid": "r"})

    assert client.get("/images", headers=headers).status_code == 401


def test_many_at_once_fetch_once(keys, issuer):
    issuer.may_answer.clear()
    found = []
    threads = [threading.Thread(target=lambda: found.append(keys.find("r"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    issuer.asked.wait(5)

    issuer.may_answer.set()
    for thread in threads:
        thread.join()

    assert [key.algorithm_name for key in found] == ["RS256"] * 8
    assert len(issuer.paths) == 1


def test_known_keys_do_not_wait_for_a_fetch(keys, issuer, clock):
    key = keys.find("r")
    issuer.may_answer.clear()
    issuer.asked.clear()
    clock.now += HOUR
    fetching = threading.Thread(target=keys.find, args=["new"])
    fetching.start()
    issuer.asked.wait(5)

    assert keys.find("r") is key
    assert fetching.is_alive()
    issuer.may_answer.set()
    fetching.join()


@pytest.mark.parametrize("address", ["http://example.com/keys", "file:///etc/passwd", "localhost"])
def test_keys_come_over_https(address):
    with pytest.raises(ConfigError, match="JWT_JWKS_URL"):
        config.load({"AUTH": "jwt", "JWT_JWKS_URL": address})
