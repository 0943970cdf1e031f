"""Builds the body of a problem (RFC 9457): for answers, examples and refused images."""

import json

from service.common import errors

KINDS = {kind.code: kind for kind in vars(errors).values() if hasattr(kind, "code")}


def build(kind, detail, **members):
    """Return the body of a problem as a dict.

    kind: an object with status, code and title, such as an error or its class. members: additional
    members of the body; those without a value are left out.
    """
    body = {
        "type": f"/problems/{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    return body | {name: value for name, value in members.items() if value}


def as_bytes(kind, detail, **members):
    """Return the body of a problem as the bytes of an answer."""
    body = build(kind, detail, **members)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A half surrogate pair can only come from the client's text, repeated in a message.
    return text.encode("utf-8", "replace") + b"\n"


def of_record(text):
    """Return the body of the problem that a refused image's record keeps as JSON text."""
    kept = json.loads(text)
    # The first version kept the body itself.
    if "code" not in kept:
        return kept
    # A newer version may have refused the image for a reason that this version does not know.
    return build(KINDS.get(kept["code"], errors.ImageRefused), kept["detail"])
