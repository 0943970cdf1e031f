"""Error texts for a body that cannot be read: what to send instead."""

import json

AS_FORM = "curl -F user_id=ana -F image_data=@photo.jpg"
GZIP = b"\x1f\x8b"
MISTAKES = {
    "": "a body without a Content-Type",
    "application/x-www-form-urlencoded": "what curl -d and --data-binary send by default",
}


def unsupported(mimetype):
    """Return the error text for a body that is neither a form nor JSON."""
    mistake = MISTAKES.get(mimetype, mimetype[:100])
    return f"Send a form ({AS_FORM}) or JSON (-H 'Content-Type: application/json'), not {mistake}."


def compressed(coding):
    """Return the error text for a body with a Content-Encoding."""
    return f"Send the body as it is, not compressed: without 'Content-Encoding: {coding[:100]}'."


def wrong_boundary(boundary):
    """Return the error text for the Content-Type of a form whose boundary is missing or invalid."""
    fault = "has an invalid boundary" if boundary else "has no boundary"
    return (
        f"The Content-Type {fault}. Do not set this header yourself: fetch, axios, requests and "
        f"curl write it with the boundary that they chose. For example: {AS_FORM}"
    )


def not_json(start, error):
    """Return the error text for a JSON body: its first bytes, and the parser's exception."""
    reason = f"The body is not valid JSON in UTF-8: {error}"[:200].rstrip(".")
    return f"{reason}. {json_remedy(start, error)}".rstrip()


def json_remedy(start, error):
    """Return what to do about a JSON body that could not be parsed, or an empty text."""
    if not start:
        return "Send a body: curl -d @body.json sends a file's text."
    if start == GZIP:
        return "It is compressed with gzip: send it as it is."
    if start.startswith(b"--"):
        return "It looks like a form: leave out -H 'Content-Type: application/json'."
    if not start.startswith((b"{", b"[", b'"')):
        return f"Send a JSON object, or the file itself in a form: {AS_FORM}"
    if not isinstance(error, json.JSONDecodeError):
        return ""
    if error.msg.startswith("Invalid control character"):
        return "Write base64 without line breaks: base64 < photo.jpg | tr -d '\\n'"
    return "Use double quotes for names and texts; on a command line, single quotes for the whole."
