import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from service.api.access.jwks import IssuerKeys
from service.api.access.tokens import Tokens
from service.common import config
from service.common.config import ConfigError
from service.common.errors import Unauthorized
from tests.support.key_server import Clock, ec_jwk, rsa_jwk, running_issuer
from tests.support.signed_tokens import bearer, by_hand, token

# The members of sets that are well-formed and have no key that a token may be verified with.
SHARED = {"kty": "oct", "kid": "r", "k": "c2VjcmV0"}
EMPTY_RSA = {"kty": "RSA", "kid": "r", "n": "", "e": "AQAB"}
WITHOUT_USABLE_KEYS = {
    "none": [],
    "shared": [SHARED],
    "empty": [EMPTY_RSA],
    "edwards": [
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "kid": "r",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    ],
    "certificate": [{"kty": "RSA", "kid": "r", "x5c": ["AAAA"]}],
    "unknown": [{"kty": "LATTICE", "kid": "r"}],
    "no kty": [{"kid": "r"}],
    "nonsense": ["r", 1, None, []],
}
MINUTE = 61
HOUR = 3601


@pytest.fixture(scope="session")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def issuer(rsa_key, ec_key):
    with running_issuer(rsa_jwk(rsa_key), ec_jwk(ec_key)) as issuer:
        yield issuer


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(issuer, clock):
    """The issuer's keys; a request that finds them old waits for the new ones, as on Lambda."""
    return IssuerKeys(issuer.url, clock, waits=True)


@pytest.fixture
def tokens(keys):
    """Verifies tokens with the issuer's keys."""
    return Tokens(keys, ["RS256", "ES256"], issuer=None, audience=None)


@pytest.fixture
def client(new_app, issuer):
    return new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()


def algorithms(keys):
    """Return the algorithm of each key."""
    return [key.algorithm_name for key in keys]


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
        token(key=stranger, algorithm="RS256"),
        token(key=stranger, algorithm="RS256", headers={"crit": ["exp2"], "exp2": 1}),
        token(key=rsa_key, algorithm="RS256", headers={"kid": "r", "crit": ["x"], "x": 1}),
        token(key=rsa_key, algorithm="RS512", headers={"kid": "r"}),
        token(key=rsa_key, algorithm="PS256", headers={"kid": "r"}),
        token(key=rsa_key, algorithm="RS256", headers={"kid": "e"}),
        token(key=ec_key, algorithm="ES256", headers={"kid": "r"}),
        token(headers={"kid": "r"}),
        by_hand({"alg": "HS256", "kid": "r"}, claims, public),
        by_hand({"alg": "HS256", "kid": "r"}, claims, public.strip()),
        by_hand({"alg": "HS256"}, claims, public),
        by_hand({"alg": "none"}, claims),
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

    assert (found, len(issuer.paths)) == ([[]] * 50, 1)
    clock.now += MINUTE - 2
    assert (keys.find("a"), len(issuer.paths)) == ([], 1)
    clock.now += 2
    assert [keys.find("a"), keys.find("b")] == [[], []]
    assert len(issuer.paths) == 2


def test_a_new_key_is_found(keys, issuer, clock, ec_key):
    assert keys.find("new") == []

    issuer.publish(ec_jwk(ec_key, kid="new"))
    clock.now += MINUTE

    assert algorithms(keys.find("new")) == ["ES256"]
    assert keys.find("r") == []


def test_known_keys_are_fetched_again_once_an_hour(keys, issuer, clock, ec_key):
    for _ in range(3):
        keys.find("r")
        clock.now += MINUTE
    assert len(issuer.paths) == 1

    issuer.publish(ec_jwk(ec_key))
    clock.now += HOUR

    assert keys.find("r") == []
    assert len(issuer.paths) == 2


@pytest.mark.parametrize("members", WITHOUT_USABLE_KEYS)
def test_a_set_without_usable_keys_withdraws_all(tokens, keys, issuer, clock, rsa_key, members):
    good = token(key=rsa_key, algorithm="RS256", headers={"kid": "r"})
    assert tokens.verify(good)["user_id"] == "ana"

    issuer.publish(*WITHOUT_USABLE_KEYS[members])
    clock.now += HOUR

    assert [keys.find("r"), keys.find(None)] == [[], []]
    with pytest.raises(Unauthorized):
        tokens.verify(good)


def test_withdrawn_keys_come_back_with_the_next_set(keys, issuer, clock, rsa_key):
    issuer.publish()
    assert keys.find("r") == []

    issuer.publish(rsa_jwk(rsa_key))
    clock.now += 6

    assert algorithms(keys.find("r")) == ["RS256"]


def test_each_key_without_a_kid_is_tried(tokens, issuer, rsa_key, ec_key):
    other = rsa.generate_private_key(65537, 2048)
    issuer.publish(*(rsa_jwk(key, kid=None) for key in (other, rsa_key)), ec_jwk(ec_key))

    for key, algorithm in ((other, "RS256"), (rsa_key, "RS256"), (ec_key, "ES256")):
        assert tokens.verify(token(key=key, algorithm=algorithm))["user_id"] == "ana"


def test_each_key_of_a_kid_is_tried(tokens, issuer, rsa_key, ec_key):
    other = rsa.generate_private_key(65537, 2048)
    issuer.publish(*(rsa_jwk(key, kid="k") for key in (other, rsa_key)), ec_jwk(ec_key, kid="k"))

    for key, algorithm in ((other, "RS256"), (rsa_key, "RS256"), (ec_key, "ES256")):
        signed = token(key=key, algorithm=algorithm, headers={"kid": "k"})
        assert tokens.verify(signed)["user_id"] == "ana"


def test_a_token_without_a_kid_is_tried_with_each_key(client, rsa_key, ec_key):
    for key, algorithm in ((rsa_key, "RS256"), (ec_key, "ES256")):
        headers = bearer("ana", key=key, algorithm=algorithm)
        assert client.get("/images", headers=headers).status_code == 200


def test_a_token_is_told_why_by_the_key_that_signed_it(tokens, issuer, rsa_key, ec_key):
    other = rsa.generate_private_key(65537, 2048)
    issuer.publish(rsa_jwk(rsa_key, kid="k"), rsa_jwk(other, kid="k"))

    with pytest.raises(Unauthorized, match="expired"):
        tokens.verify(token(key=rsa_key, algorithm="RS256", headers={"kid": "k"}, exp=1))


def test_without_any_key_it_is_503(new_app, issuer):
    issuer.answer = (500, {}, b"")
    client = new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()

    response = client.get("/images", headers=bearer("ana"))

    assert (response.status_code, response.json["type"]) == (503, "/problems/keys-unavailable")
    assert response.headers["Retry-After"] == "5"
    assert issuer.url not in response.text


def test_keys_for_other_uses_are_ignored(keys, issuer, rsa_key, ec_key):
    issuer.publish(
        rsa_jwk(rsa_key, kid="encrypts", use="enc"),
        rsa_jwk(rsa_key, kid="longer", alg="RS512"),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0", "alg": "HS256"},
        rsa_jwk(rsa_key, kid="wraps", key_ops=["wrapKey"]),
        rsa_jwk(rsa_key, kid="odd", key_ops="verify"),
        rsa_jwk(rsa_key, kid="mixed", alg="ES256"),
        rsa_jwk(rsa_key, kid=["list"]),
        RSAAlgorithm.to_jwk(rsa_key, as_dict=True) | {"kid": "private"},
        ec_jwk(ec.generate_private_key(ec.SECP384R1()), kid="curve", alg="ES256"),
        ec_jwk(ec_key, kid="point", y=ec_jwk(ec_key)["x"]),
        {"kty": "unheard of", "kid": "new kind"},
        "nonsense",
        ec_jwk(ec_key, key_ops=["verify"]),
    )

    assert algorithms(keys.find("e")) == ["ES256"]
    assert algorithms(keys.find(None)) == ["ES256"]
    for kid in ("encrypts", "longer", "shared", "new kind", "private", "curve"):
        assert keys.find(kid) == []


def test_short_keys_are_refused(new_app, issuer):
    short = rsa.generate_private_key(65537, 1024)
    issuer.publish(rsa_jwk(short))
    client = new_app(AUTH="jwt", JWT_JWKS_URL=issuer.url).test_client()
    public = short.public_key().public_numbers()
    assert public.n.bit_length() == 1024

    with pytest.warns(match="below"):
        headers = bearer("ana", key=short, algorithm="RS256", headers={"kid": "r"})

    assert client.get("/images", headers=headers).status_code == 401


@pytest.mark.parametrize("address", ["http://example.com/keys", "file:///etc/passwd", "localhost"])
def test_keys_come_over_https(address):
    with pytest.raises(ConfigError, match="JWT_JWKS_URL"):
        config.load({"AUTH": "jwt", "JWT_JWKS_URL": address})


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.OpenSSH])
def test_a_key_is_no_secret(new_app, rsa_key, encoding):
    kinds = {
        Encoding.PEM: PublicFormat.SubjectPublicKeyInfo,
        Encoding.OpenSSH: PublicFormat.OpenSSH,
    }
    key = rsa_key.public_key().public_bytes(encoding, kinds[encoding]).decode()

    with pytest.raises(ConfigError) as raised:
        new_app(AUTH="jwt", JWT_SECRET=key)

    assert str(raised.value).startswith("JWT_SECRET is a key")
    assert "\n" not in str(raised.value)
    assert key[30:60] not in str(raised.value)
