"""How fields look in the API document: the rules that apispec cannot read, and their meaning."""

from marshmallow import fields

from service.api import schema_fields as schemas
from service.models.fields import FIELDS

# JSON Schema's patterns: a text without control characters, and with the two that are allowed.
PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
LINES = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
FILENAME = r"^([^\x00-\x1f\x7f-\x9f]*[/\\])?[^/\\\x00-\x1f\x7f-\x9f]{1,255}$"
INNER = r"[^,\s\x00-\x1f\x7f-\x9f]([^,\x00-\x1f\x7f-\x9f]{0,48}[^,\s\x00-\x1f\x7f-\x9f])?"
# A tag, and white space that is cut: 200 characters in all are taken.
TAG = rf"\s{{0,75}}{INNER}\s{{0,75}}"

# What a name means where its field has no description of its own.
MEANINGS = {row.name: row.meaning for row in FIELDS} | {
    "count": "Images on this page.",
    "cursor": "The `next_cursor` of the page before, passed back unread.",
    "curl": "A line that sends the file, to be pasted into a shell.",
    "detail": "What to do next.",
    "direct_upload": "Too large for a request body: the JSON to POST to /images next.",
    "download": "The URL makes a browser save the file under its filename.",
    "errors": "One row per field at fault; only where fields are.",
    "expires_at": "Until when the bytes may be sent, UTC.",
    "expires_in": "How long the URL works, seconds.",
    "field": "The field's or parameter's name.",
    "fields_": "With POST: the form fields to send before the one named `file`.",
    "headers": "With PUT: the headers to send; Content-Length is the image's size.",
    "image_data": "The image: JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP.",
    "images": "Newest first.",
    "instance": "The path that was asked.",
    "limit": "Most images on the page.",
    "match": "Images with any or all of the tags.",
    "message": "What to send instead.",
    "method": "How the bytes are sent: PUT as they are, or POST in a form.",
    "next_cursor": "Ask with it for the next page; null on the last one.",
    "problem": "Why the bytes were refused.",
    "request_id": "The id on every log line of the request: name it when you report a fault.",
    "status": "How it is.",
    "title": "The problem's name.",
    "type": "Which problem it is: the address of a page about it. It never changes.",
    "upload": "Where to send the bytes.",
    "version": "The version that runs; CHANGELOG.md says what each one changed.",
}


def tags(field):
    """Return the rule of tags, for both spellings: each keyword binds its own type only."""
    return {
        "type": ["string", "array", *(["null"] if field.allow_none else [])],
        "pattern": f"^({TAG}(,{TAG}){{0,{field.most - 1}}})?$",
        "items": {"type": "string", "pattern": f"^{TAG}$"},
        "maxItems": field.most,
    }


RULES = {
    schemas.Filename: lambda field: {"pattern": FILENAME},
    schemas.Text: lambda field: {"pattern": LINES if field.allowed else PLAIN},
    schemas.Tags: tags,
    schemas.WholeNumber: lambda field: {
        "type": "integer", "minimum": field.least, "maximum": field.most,
    },
    schemas.ByteCount: lambda field: {"type": "integer", "minimum": 1},
    schemas.Flag: lambda field: {"type": "boolean"},
}  # fmt: skip


def rule(_converter, field, ret):
    """Return what a field's class adds to its JSON Schema, and what its name means."""
    added = RULES.get(type(field), lambda field: {})(field)
    if type(field) is schemas.Filename:
        # Behind the last slash; the pattern tells it. The path before it has room as well.
        ret["maxLength"] *= schemas.RAW_GROWTH
        del ret["minLength"]
    if "pattern" in ret:
        # Ours are matched from the start; JSON Schema searches, and knows no \Z.
        ret["pattern"] = "^" + ret["pattern"].replace(r"\Z", "$")
    if not isinstance(field.parent, fields.List):
        added["description"] = ret.get("description") or MEANINGS[field.name]
    return added


def as_text(schema):
    """Return the JSON Schema of a field where everything is text: in forms and query strings."""
    schema = {name: rule for name, rule in schema.items() if name not in ("items", "maxItems")}
    kind = schema.get("type", "string")
    schema["type"] = kind[0] if isinstance(kind, list) else kind
    if schema.get("default", "") is None:
        del schema["default"]
    return schema
