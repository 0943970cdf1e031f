"""Signed tokens (JWT): verified as RFC 8725 advises, and issued for operators."""

import re
import time

import jwt

from service.api.access.jwks import ALGORITHMS, IssuerKeys
from service.api.access.known_tokens import KnownTokens
from service.api.schema_fields import USER_ID
from service.common.config import ConfigError
from service.common.errors import Unauthorized

ADMIN_SCOPE = "images:admin"
LEEWAY_SECONDS = 30
USER_ID_RULE = "1 to 128 of A-Z a-z 0-9 . _ @ : | + -"
# PyJWT must not check `aud`: without JWT_AUDIENCE it would refuse tokens that have one.
OPTIONS = {"require": ["exp"], "verify_aud": False, "verify_sub": False}
OPTIONS["enforce_minimum_key_length"] = True
# The token may still be signed with another key of the issuer.
NOT_THIS_KEY = (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError)
# Each key costs time, also for a forged token.
MOST_TRIES = 50
# Where tokens come from, as a 401 tells it: plain ASCII without double quotes.
FROM_OPERATOR = (
    "Tokens come from the operator of this service, who makes them with its command `token`."
)
FROM_ISSUER = "Tokens come from the issuer that the operator of this service has chosen."
# Shown only for a token with a valid signature, because PyJWT checks the signature first.
REASONS = {
    jwt.ExpiredSignatureError: "The token has expired: get a new one.",
    jwt.ImmatureSignatureError: "The token is not valid yet: compare the clocks.",
    jwt.InvalidIssuerError: "The token comes from another issuer.",
    jwt.InvalidAudienceError: "The token is meant for another service.",
    jwt.MissingRequiredClaimError: "The token has no exp, or no iss, which this service requires.",
}


def new_tokens(settings):
    """Return the Tokens that the settings describe. Raises ConfigError."""
    checks = {"issuer": settings.jwt_issuer, "audience": settings.jwt_audience}
    if settings.jwt_secret:
        require_secret(settings.jwt_secret)
        return Tokens(SecretKey(settings.jwt_secret), ["HS256"], source=FROM_OPERATOR, **checks)
    return Tokens(new_issuer_keys(settings), list(ALGORITHMS), source=FROM_ISSUER, **checks)


def require_secret(secret):
    """Raise ConfigError for a public or private key: with one, PyJWT accepts no token at all."""
    try:
        jwt.algorithms.get_default_algorithms()["HS256"].prepare_key(secret)
    except jwt.InvalidKeyError:
        # The error never shows the secret itself.
        raise ConfigError(
            "JWT_SECRET is a key (PEM, DER, SSH or JWK), not a secret that the issuer shares: for "
            "an issuer with keys of its own set JWT_JWKS_URL, else use openssl rand -hex 32."
        ) from None


def new_issuer_keys(settings):
    """Return the IssuerKeys at JWT_JWKS_URL."""
    return IssuerKeys(
        settings.jwt_jwks_url,
        most_waiting=max(1, settings.threads // 2),
        waits=bool(settings.aws_lambda_function_name),
    )


class SecretKey:
    """One secret as the key of every token."""

    clock = staticmethod(time.monotonic)

    def __init__(self, secret):
        self.keys = [secret]

    def find(self, _kid):
        """Return the secret, the only key."""
        return self.keys


class Tokens:
    """Verifies tokens with the keys and algorithms of the settings; a token cannot choose them.

    source: a sentence for a 401 that tells where tokens come from.
    """

    def __init__(self, keys, algorithms, *, issuer, audience, source=""):
        self.keys = keys
        self.algorithms = algorithms
        self.issuer = issuer
        self.audience = audience
        self.source = source
        self.known = KnownTokens(keys.clock)

    def verify(self, token):
        """Return {user_id, is_admin} of a token. Raises Unauthorized or KeysUnavailable."""
        # Read before the check: with keys that were replaced meanwhile the token is unknown.
        keys = self.keys.keys
        said = self.known.find(token, keys)
        if said is None:
            said, ends_at = self.check(token)
            self.known.add(token, keys, said, ends_at=ends_at)
        return said

    def check(self, token):
        """Return ({user_id, is_admin}, exp) of a token. Raises Unauthorized or KeysUnavailable."""
        try:
            claims = self.claims(token)
        except jwt.PyJWTError as error:
            reason = REASONS.get(type(error), "The token cannot be verified.")
            detail = f"{reason} {self.source}"
            raise Unauthorized(detail, reason=type(error).__name__) from error
        user_id = claims.get("sub")
        if not is_user_id(user_id):
            raise Unauthorized(f"The sub of the token must be {USER_ID_RULE}. {self.source}")
        said = {"user_id": user_id, "is_admin": ADMIN_SCOPE in scopes(claims)}
        return said, int(claims["exp"])

    def claims(self, token):
        """Return a token's claims. Tries each key of its kid, or every key if it has no kid."""
        keys = self.keys.find(jwt.get_unverified_header(token).get("kid"))
        refusal = jwt.InvalidSignatureError()
        for key in keys[:MOST_TRIES]:
            try:
                return self.claims_by(key, token)
            except NOT_THIS_KEY as error:
                refusal = error
        raise refusal

    def claims_by(self, key, token):
        """Return a token's claims after checking its signature, times, issuer and audience."""
        claims = jwt.decode(
            token,
            key,
            algorithms=self.algorithms,
            issuer=self.issuer,
            leeway=LEEWAY_SECONDS,
            options=OPTIONS,
        )
        if self.audience and self.audience not in audiences(claims):
            raise jwt.InvalidAudienceError
        return claims


def is_user_id(value):
    """Tell whether a `sub` is a valid user_id. The stores build keys from it."""
    return isinstance(value, str) and bool(re.fullmatch(USER_ID, value))


def audiences(claims):
    """Return the list of a token's audiences."""
    # Cognito's access tokens have client_id in place of aud; API Gateway accepts either.
    audience = claims.get("aud", claims.get("client_id"))
    return audience if isinstance(audience, list) else [audience]


def scopes(claims):
    """Return a token's scopes, from `scope` and `scp`, each a list or space-separated text."""
    values = [claims.get(name) or [] for name in ("scope", "scp")]
    lists = [value.split() if isinstance(value, str) else value for value in values]
    return [scope for names in lists if isinstance(names, list) for scope in names]


def issue(settings, user_id, seconds, *, is_admin):
    """Return a new token for a user, signed with JWT_SECRET and valid for `seconds`."""
    now = int(time.time())
    claims = {"sub": user_id, "iat": now, "exp": now + seconds}
    claims |= {"scope": ADMIN_SCOPE} if is_admin else {}
    claims |= {"iss": settings.jwt_issuer} if settings.jwt_issuer else {}
    claims |= {"aud": settings.jwt_audience} if settings.jwt_audience else {}
    return jwt.encode(claims, settings.jwt_secret, algorithm="HS256")
