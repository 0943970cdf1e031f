"""The parts of the API document that are written down rather than derived."""

from service.api.document import openapi_examples as examples
from service.api.document.openapi_fields import as_text
from service.api.image_schemas import MEASURED

INFO = {
    "description": (
        "Upload images, list them by user and tags, get presigned URLs to view or download them, "
        "delete them.\n\n"
        "Times are UTC, sizes bytes, dimensions pixels, durations seconds. Every error is "
        "`application/problem+json` and says in its `detail` what to do next; its `type` is the "
        "address of a page that explains it. Every answer carries `X-Request-Id`: the request's "
        "own where it has a sane one, else a fresh one."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = [
    {"name": "images", "description": "Upload, list, view and delete."},
    {"name": "health", "description": "For load balancers and people on call."},
]
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A signed token; its `sub` is your user_id.",
}
HEADERS = {
    "X-Request-Id": ("The id on every log line of the request.", "7d3f0c5a9be14286"),
    "Location": ("The path of the new image.", "/images/5f0c6d2e9b4a47c1a3f8e07d6b1c2948"),
    "Link": (
        "The next page, as rel=next; none on the last.",
        '</images?cursor=…>; rel="next"',
    ),
    "Retry-After": ("Seconds to wait before trying again.", "5"),
    "Allow": ("The methods there are at this path.", "GET, HEAD, OPTIONS, POST"),
    "WWW-Authenticate": ("What to show: a bearer token (RFC 6750).", "Bearer"),
}
PARAMETERS = {
    "image_id": {
        "name": "image_id",
        "in": "path",
        "required": True,
        "description": "As the upload answered it.",
        "schema": {"type": "string"},
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes retries safe: the same key with the same request is one image.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}
ANSWERS = {
    "images.upload_image": "The image is stored.",
    "direct": "The image waits for its bytes: send them to `upload`.",
    "images.list_images": "A page of the list.",
    "images.view_image": "The image, with a presigned URL.",
    "images.delete_image": "The image is gone.",
    "health.health": "The process is up.",
    "health.ready": "The stores answer.",
}
# What the operations say beyond their summary.
NOTES = {
    "images.upload_image": (
        "Send a form with the file, or JSON with the image as base64. The bytes alone decide what "
        "the image is; whatever cannot be read to its end is refused, and a refused upload leaves "
        "nothing.\n\n"
        "A large image goes straight to the store: send JSON with `size` and `content_type` in "
        "place of the image, then the bytes where the answer's `upload` says. API Gateway and "
        "Lambda let about 4.5 MB pass in a request; beyond 6 MB the 413 is theirs and no problem "
        "of the service's."
    ),
    "images.list_images": (
        "Follow `next_cursor` (or the `Link` header) until it is null: every matching image is "
        "shown exactly once, and every page but the last is full."
    ),
    "images.view_image": (
        "The answer's `url` opens in a browser as it is and serves the exact bytes uploaded. The "
        "first view after a direct upload's bytes arrived judges them."
    ),
    "images.delete_image": "Gone from view at once; the bytes follow. A second call is 404.",
    "health.health": "Touches nothing else.",
    "health.ready": "Asks bucket, table and indexes; names what is missing.",
}


def upload_body(has_tokens):
    """Return what an upload sends; who has a token need not say who it is."""
    example = {name: examples.JSON[name] for name in examples.JSON if name not in mute(has_tokens)}
    bodies = [{"$ref": f"#/components/schemas/{name}"} for name in ("UploadJson", "DirectUpload")]
    by_json = {"schema": {"anyOf": bodies}, "example": example}
    by_form = {"schema": {"$ref": "#/components/schemas/UploadForm"}}
    content = {"multipart/form-data": by_form, "application/json": by_json}
    return {"required": True, "content": content}


def upload_schemas(schema, max_image_size, has_tokens):
    """Return the schemas of both bodies by name, told from the JSON Schema of the fields."""
    fields = schema["properties"]
    for name in MEASURED:
        fields[name]["readOnly"] = True
    picture = f"{fields['image_data']['description']} At most {max_image_size} bytes"
    base64 = {"type": "string", "description": f"{picture}, as standard base64 or a data: URI."}
    file = {"type": "string", "format": "binary", "description": f"{picture}."}
    by_form = {name: as_text(field) for name, field in fields.items()} | {"image_data": file}
    for name, value in examples.FORM.items():
        # Without an example Swagger UI would fill in, and send, a user_id of its own making.
        by_form[name]["examples"] = ["" if name in mute(has_tokens) else value]
    # A file part has a name of its own.
    required = [name for name in schema["required"] if name != "filename"]
    return {
        "UploadJson": schema | {"properties": fields | {"image_data": base64}},
        "UploadForm": schema | {"properties": by_form, "required": required},
    }


def mute(has_tokens):
    """Return the names of the fields that are better left out."""
    return {"user_id"} if has_tokens else set()
