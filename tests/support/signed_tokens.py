"""Valid and forged tokens."""

import base64
import hashlib
import hmac
import json
import time

import jwt

SECRET = "a secret of the tests, 32 bytes or more"


def token(*, key=SECRET, algorithm="HS256", headers=None, **claims):
    """Return a token of Ana's for an hour. Arguments replace claims; None leaves one out."""
    claims = {"sub": "ana", "exp": int(time.time()) + 3600} | claims
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers=headers)


def bearer(user_id, **claims):
    """Return request headers with a user's token."""
    return {"Authorization": f"Bearer {token(sub=user_id, **claims)}"}


def by_hand(header, claims, key=None):
    """Return a token that no library would make: signed with HMAC if there is a key."""
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)
    ]
    text = ".".join(encoded(part) for part in parts)
    signature = hmac.new(key, text.encode(), hashlib.sha256).digest() if key else b""
    return f"{text}.{encoded(signature)}"


def encoded(content):
    """Return URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
