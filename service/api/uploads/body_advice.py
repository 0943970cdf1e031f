"""Error texts for a body that cannot be read: what to send instead."""

import json

AS_FORM = "curl -F user_id=ana -F image_data=@photo.jpg"
GZIP = b"\x1f\x8b"
JSON_STARTS = (b"{", b"[", b'"')
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


def not_json(start, error, remedy):
    """Return the error text for a JSON body: its first bytes, and the parser's exception.

    remedy: a function of both that returns what to do, or an empty text.
    """
    reason = f"The body is not valid JSON in UTF-8: {error}"[:200].rstrip(".")
    return f"{reason}. {remedy(start, error)}".rstrip()


def json_remedy(start, error):
    """Return what to do about the JSON of an upload, or an empty text."""
    if start.startswith(b"--"):
        return "It looks like a form: leave out -H 'Content-Type: application/json'."
    if start and start != GZIP and not start.startswith(JSON_STARTS):
        return f"Send a JSON object, or the file itself in a form: {AS_FORM}"
    if is_line_break(error):
        return "Write base64 without line breaks: base64 < photo.jpg | tr -d '\\n'"
    return small_json_remedy(start, error)


def small_json_remedy(start, error):
    """Return what to do about JSON that is no upload, or an empty text."""
    if not start:
        return "Send a body: curl -d @body.json sends a file's text."
    if start == GZIP:
        return "It is compressed with gzip: send it as it is."
    if not start.startswith(JSON_STARTS):
        return "Send a JSON object."
    if not isinstance(error, json.JSONDecodeError):
        return ""
    if is_line_break(error):
        return "Write a line break in a text as \\n."
    return "Use double quotes for names and texts; on a command line, single quotes for the whole."


def is_line_break(error):
    """Tell whether a parser stopped at a line break, or another control character, in a text."""
    return isinstance(error, json.JSONDecodeError) and error.msg.startswith(
        "Invalid control character"
    )
