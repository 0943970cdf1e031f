"""The fields of an image, each named once.

Records, uploads, answers, the API document and the Postman collection are made from this table: a
new text field is a row here, and its tests.
"""

from collections import namedtuple

# Kinds. TEXT has one line, LINES may have more; least and most count characters.
TEXT = "text"
LINES = "lines"
FILENAME = "filename"
USER_ID = "user id"
# A list of texts; most counts them.
TAGS = "tags"
# Kinds of fields that no user sends. Of a NUMBER, least and most are the smallest and the largest.
NUMBER = "whole number"
DIGEST = "hex digest"
TIME = "time"
STATE = "state"
URL = "url"
COLOR = "colour"
CAMERA_TIME = "time without a zone, or with an offset"
BASE64 = "base64"
# True or null. A user sends it.
FLAG = "flag"
# What answers show is made by service/api/images/image_json.py.
RENDITIONS = "renditions"
KINDS_FOUND = "kinds of private metadata"

# How an upload's body may use a field. A field with none of these is refused there.
REQUIRED = "required"
OPTIONAL = "optional"
IGNORED = "ignored"

# meaning: its description in the API document. example: its value for the example picture of the
# API document. sent: REQUIRED, OPTIONAL, IGNORED or None. late: null in answers until the bytes are
# inspected. kept: part of the record's `doc`. shown: part of answers. lacking: may be null in
# answers also then.
Field = namedtuple(
    "Field",
    "name kind meaning example least most sent late kept shown lacking",
    defaults=(None, None, None, False, True, True, False),
)

# The kinds of private metadata that a file may carry, in the order of answers, and what each means.
PRIVATE = {
    "location": "Where it was taken: coordinates or names of places.",
    "camera": "What took it: maker, model, lens, serial numbers.",
    "taken_at": "When it was taken or changed.",
    "author": "Who made it or owns it, copyright included.",
    "embedded_thumbnail": "A smaller picture inside, which may show what was cut off.",
    "trailing_bytes": "Bytes behind the picture, such as a film or another picture.",
}

# In the order of `doc` and of answers. Never rename a field of `doc`: old records have its name.
FIELDS = (
    Field("image_id", TEXT, "Opaque and unguessable.",
          "5f0c6d2e9b4a47c1a3f8e07d6b1c2948", kept=False),
    Field("user_id", USER_ID, "Whose image it is.",
          "user123", sent=REQUIRED),
    Field("filename", FILENAME, "The file's name; a path before it is cut off.",
          "beach.png", least=1, most=255, sent=REQUIRED),
    Field("description", LINES, "Free text, line breaks (stored as LF) and tabs included.",
          "Summer photo", most=1000, sent=OPTIONAL),
    Field("tags", TAGS,
          "Trimmed and lower case. JSON sends a list, forms and queries repeat the field; "
          "comma-separated text works everywhere.",
          ["beach", "vacation"], most=20, sent=OPTIONAL),
    Field("content_type", TEXT, "Decided from the bytes, never from the name or the request.",
          "image/png"),
    Field("size", NUMBER, "Bytes.", 137, least=1),
    Field("width", NUMBER, "Pixels, as displayed.", 48, least=1, sent=IGNORED, late=True),
    Field("height", NUMBER, "Pixels, as displayed.", 32, least=1, sent=IGNORED, late=True),
    Field("sha256", DIGEST, "Hex digest of the stored bytes.",
          "2b98a15ad2d9b3e8641006d1409a2f46d7c74e8aa30d2f0fda4bb43d4b166a97", late=True),
    Field("created_at", TIME, "When it was uploaded, UTC.", "2026-02-13T09:30:00.123Z"),
    Field("updated_at", TIME, "When the metadata last changed, UTC.", "2026-02-13T09:30:00.123Z"),
    Field("version", NUMBER, "Grows by 1 with each change of the metadata.", 1, least=1),
    Field("taken_at", CAMERA_TIME,
          "When the camera took it, as its EXIF says, with the camera's offset if it wrote one.",
          None, late=True, lacking=True),
    Field("color", COLOR, "The mean colour, to show before the picture is there.",
          "#95c1c5", late=True, lacking=True),
    Field("thumbhash", BASE64, "A placeholder of some 21 bytes: see ThumbHash.",
          "LKcJPYp4h4eHd3iPd0iHdIVibwj3", late=True, lacking=True),
    Field("renditions", RENDITIONS,
          "Smaller copies that are there, by name, each with a presigned URL; `{}` if none is.",
          {
              "thumb": {
                  "url": "http://localhost:8000/files/images/5f0c6d2e9b4a47c1a3f8e07d6b1c2948/"
                  "8c1f5e0b7a29d364.thumb.webp?cache=3600&expires=1770978600&type=image%2Fwebp"
                  "&signature=0f343b0931126a20f133d67c2b018a3b0a1c5f0e8f3a4b55c8fd53e9bbd7c2c1",
                  "width": 48, "height": 32, "content_type": "image/webp", "size": 234,
              }
          }),
    Field("privacy", KINDS_FOUND,
          "Which kinds of private metadata the stored original carries, never their values.",
          dict.fromkeys(PRIVATE, False), late=True, lacking=True),
    Field("strip", FLAG,
          "If true, the service stores a copy without metadata but the turn and colour profile.",
          None, sent=OPTIONAL, shown=False),
    Field("trashed_at", TIME, "When it was moved to the trash, UTC.", None, lacking=True),
    Field("purged_at", TIME, "When an image in the trash will be deleted, UTC.", None,
          lacking=True),
    Field("object_key", TEXT, "Where the bytes are.", None, shown=False),
    Field("status", STATE,
          "`ready`, or `trashed`; direct uploads are `pending` before and may become `refused`.",
          "ready", kept=False),
    Field("url", URL, "A presigned URL: it serves the bytes to whoever holds it.",
          "http://localhost:8000/files/images/5f0c6d2e9b4a47c1a3f8e07d6b1c2948/8c1f5e0b7a29d364"
          "?cache=3600&expires=1770978600&type=image%2Fpng"
          "&signature=b1946ac92492d2347c6235b4d2611184c4ca4238a0b923820dcc509a6f75849b",
          late=True, kept=False),
    Field("url_expires_at", TIME, "When the URL stops working, UTC.",
          "2026-02-13T10:30:00.000Z", late=True, kept=False),
)  # fmt: skip

# The fields that users send, in the order of forms and documents: required fields, tags, texts.
SENT = sorted(
    (field for field in FIELDS if field.sent in (REQUIRED, OPTIONAL)),
    key=lambda field: (field.sent != REQUIRED, field.kind != TAGS),
)
SHOWN = [field for field in FIELDS if field.shown]


def names(fields):
    """Return the names of some fields, in their order."""
    return tuple(field.name for field in fields)
