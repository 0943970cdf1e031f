"""The fields in the API document: their descriptions, and JSON Schema that apispec cannot make."""

from marshmallow import fields

from service.api import schema_fields as schemas
from service.api.document import answer_schemas as answers
from service.api.images import change_schemas as changes
from service.api.images import query_schemas as queries
from service.api.tags.tag_schemas import TagPrefix
from service.models.fields import FIELDS

# JSON Schema's patterns: PLAIN allows no control characters, LINES only tabs and line breaks.
PLAIN = r"^[^\x00-\x1f\x7f-\x9f]*$"
LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
FILENAME = r"^([^\x00-\x1f\x7f-\x9f]*[/\\])?[^/\\\x00-\x1f\x7f-\x9f]{1,255}$"
INNER = r"[^,\s\x00-\x1f\x7f-\x9f]([^,\x00-\x1f\x7f-\x9f]{0,48}[^,\s\x00-\x1f\x7f-\x9f])?"
# A tag with the white space around it that the service removes: at most 200 characters.
TAG = rf"\s{{0,75}}{INNER}\s{{0,75}}"
PREFIX = r"^\s{0,75}[^,\x00-\x1f\x7f-\x9f]{0,50}$"

# By name: the description of a field that has none itself.
MEANINGS = {row.name: row.meaning for row in FIELDS} | {
    "action": "What to do with each image: see the single requests.",
    "add_tags": "Tags to add; those that the image has already stay. Not together with `tags`.",
    "changes": "With `update`: the body of the single request.",
    "count": "The number of images on this page.",
    "created_after": "Only images that were uploaded from then on: a date (its first moment, UTC) "
    "or a time of RFC 3339 (without a zone: UTC).",
    "created_before": "Only images that were uploaded before then; a date or a time, as above.",
    "cursor": "The `next_cursor` of the previous page, unchanged.",
    "curl": "A shell command that sends the file.",
    "detail": "What to do next.",
    "direct_upload": "If the image is too large for a request body: the JSON to POST to /images.",
    "download": "If true, the URL makes a browser save the file under its `filename`.",
    "errors": "A row for each invalid field; absent if no field is invalid.",
    "expires_at": "The time until which the bytes may be sent, UTC.",
    "expires_in": "How long the URL works, in seconds. Left out: 45 to 60 minutes, and its text "
    "stays the same for a quarter of an hour.",
    "field": "The name of the field or parameter.",
    "fields_": "With POST: the form fields to send before the file part, which is named `file`.",
    "headers": "With PUT: the headers to send, beside a Content-Length of the image's size.",
    "image_data": "The image: JPEG, PNG, GIF, WebP, AVIF, TIFF or BMP.",
    "image_ids": "The images, each by its `image_id`. Repeats count, and are done once.",
    "images": "The images on this page.",
    "instance": "The path of the request.",
    "large": "At most 1600 pixels on its longest side.",
    "limit": "The most images on a page.",
    "match": "Whether an image must have `any` or `all` of the tags.",
    "message": "What to send instead.",
    "method": "PUT (the default) sends the bytes as the body, POST sends them in a form.",
    "next_cursor": "Send it as `cursor` to get the next page; null on the last page.",
    "none": "Tags that an image must not have, at most 10.",
    "order": "Whether the `newest` or the `oldest` images come first.",
    "problem": "Why the bytes were refused.",
    "q": "Text that occurs in the filename, the description or a tag, in upper or lower case.",
    "remove_tags": "Tags to remove, if the image has them. Not together with `tags`.",
    "rendition": "Whether `url` serves the `original` (default), its `thumb` or its `large` copy.",
    "request_id": "The id in each log line of the request. Include it when you report a fault.",
    "results": "A row for each id of the request, in its order.",
    "status": "`ok` or `ready`.",
    "thumb": "At most 320 pixels on its longest side.",
    "title": "The name of the problem type.",
    "trash": "If true, the image goes to the trash, and can be restored for some time.",
    "type": "The problem type: the path of a page that explains it. It never changes.",
    "untagged": "If true, only images without a tag; not together with `tags`.",
    "upload": "How to send the bytes.",
    "version": "The version of the service; CHANGELOG.md lists the changes of each version.",
}


def tags(field):
    """Return the JSON Schema of tags: text or a list. Each keyword applies only to its own type."""
    return {
        "type": ["string", "array", *(["null"] if field.allow_none else [])],
        "pattern": f"^({TAG}(,{TAG}){{0,{field.most - 1}}})?$",
        "items": {"type": "string", "minLength": 1, "pattern": f"^{TAG}$"},
        "maxItems": field.most,
    }


RULES = {
    schemas.Filename: lambda field: {"pattern": FILENAME},
    schemas.Text: lambda field: {"pattern": LINES if field.allowed else PLAIN},
    schemas.Tags: tags,
    TagPrefix: lambda field: {"pattern": PREFIX},
    schemas.WholeNumber: lambda field: {
        "type": "integer", "minimum": field.least, "maximum": field.most,
    },
    schemas.ByteCount: lambda field: {"type": "integer", "minimum": 1},
    schemas.Flag: lambda field: {"type": ["boolean", "null"] if field.allow_none else "boolean"},
    schemas.Ignored: lambda field: {"maxLength": schemas.RAW_GROWTH * schemas.MOST_DIGITS},
    queries.ContentTypes: lambda field: {
        "type": "string", "pattern": f"^({'|'.join(field.known)})(,({'|'.join(field.known)}))*$",
    },
    queries.Moment: lambda field: {
        "type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}],
    },
    schemas.UserId: lambda field: {"minLength": 1, "maxLength": 128},
    changes.ImageIds: lambda field: {
        "type": "array", "items": {"type": "string"}, "minItems": 1,
        "maxItems": schemas.MOST_ENTRIES,
    },
    changes.Changes: lambda field: {
        "anyOf": [{"$ref": "#/components/schemas/Changes"}, {"type": "null"}],
    },
    answers.DirectUploadBody: lambda field: {
        "type": "object", "allOf": [{"$ref": "#/components/schemas/DirectUpload"}],
    },
}  # fmt: skip


def rule(_converter, field, ret):
    """Return what to add to the JSON Schema of a field (ret): its class's rules, a description."""
    added = RULES.get(type(field), lambda field: {})(field)
    if type(field) is schemas.Filename:
        # The pattern limits the name after the last slash; a path before it may be longer.
        ret["maxLength"] *= schemas.RAW_GROWTH
    if "pattern" in ret:
        # Python matches our patterns from the start; JSON Schema searches, and has no \Z.
        ret["pattern"] = "^" + ret["pattern"].replace(r"\Z", "$")
    if ret.get("default", "") is None:
        # Generated clients would have to send null.
        del ret["default"]
    if not isinstance(field.parent, fields.List):
        added["description"] = ret.get("description") or MEANINGS[field.name]
    return added


def as_text(schema):
    """Return the JSON Schema of a field in a form or query string: text, or text repeated."""
    kind = schema.get("type", "string")
    if "array" in kind:
        kept = {name: schema[name] for name in ("description", "items", "maxItems")}
        return {"type": "array"} | kept
    # An empty field may count as left out.
    schema = {name: rule for name, rule in schema.items() if name != "minLength"}
    schema["type"] = kind[0] if isinstance(kind, list) else kind
    return schema
