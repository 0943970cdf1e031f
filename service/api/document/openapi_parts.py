"""The texts and parts of the API document that are not derived from routes and schemas."""

from service.api.document.openapi_examples import ETAG

INFO = {
    "description": (
        "Upload images, list them by user and tags, get presigned URLs to view or download them, "
        "change them, delete them.\n\n"
        "Times are in UTC, sizes in bytes, width and height in pixels, durations in seconds. Every "
        "error is `application/problem+json`: its `detail` says what to do next, its `type` is "
        "the path of a page that explains it. Every answer has the header `X-Request-Id`: the id "
        "that the request sent, or a new one if it sent no valid id."
    ),
    "contact": {"name": "The operator of this service"},
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = [
    {"name": "images", "description": "Upload, list, view, change and delete."},
    {"name": "tags", "description": "Which tags there are."},
    {"name": "health", "description": "For load balancers and people on call."},
]
BEARER = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A signed token; its `sub` is your user_id.",
}
TEXT = {"type": "string", "minLength": 1}
CHALLENGE = "WWW-Authenticate"
HEADERS = {
    "X-Request-Id": ("The id in each log line of the request.", "7d3f0c5a9be14286"),
    "Location": (
        "The URL of the new image.",
        "http://localhost:8000/images/5f0c6d2e9b4a47c1a3f8e07d6b1c2948",
    ),
    "Link": (
        "The URL of the next page, with rel=next; absent on the last page.",
        '<http://localhost:8000/images?cursor=…>; rel="next"',
    ),
    "ETag": (
        "Stands for the version of the image: send it as `If-Match`. Views of one version differ "
        "in their URLs and are never answered with 304.",
        ETAG,
    ),
    "Retry-After": ("Seconds to wait before the next try.", 5),
    "Allow": ("The methods that this path allows.", "GET, HEAD, OPTIONS, POST"),
    CHALLENGE: ("The kind of token that the service requires (RFC 6750).", "Bearer"),
}
PARAMETERS = {
    "image_id": {
        "name": "image_id",
        "in": "path",
        "required": True,
        "description": "The `image_id` in the answer to the upload.",
        "schema": TEXT,
    },
}
ENTITY_TAG = r'(W/)?"[!#-~]*"'
IF_MATCH_PATTERN = rf"^(\*|[ \t,]*{ENTITY_TAG}([ \t]*,[ \t,]*{ENTITY_TAG})*[ \t,]*)$"
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Makes retries safe: the same request with the same key creates only one image.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$", "minLength": 1, "maxLength": 128},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of an earlier answer: the request is done only if the image still "
    "has that version. Several ETags may be listed; `*` is every version.",
    "schema": {"type": "string", "pattern": IF_MATCH_PATTERN},
    "example": ETAG,
}
# By endpoint: the headers that its operation knows.
HEADER_PARAMETERS = {
    "images.upload_image": [IDEMPOTENCY_KEY],
    "images.delete_image": [IF_MATCH],
    "changes.change_image": [IF_MATCH],
    "changes.restore_image": [IF_MATCH],
}
ANSWERS = {
    "images.upload_image": "The image is stored, by this request or by an earlier one of its key.",
    "pending": "The image waits for its bytes: send them as `upload` says.",
    "refused": (
        "A retry of a direct upload whose bytes were refused: `problem` says why. Nothing is "
        "stored; upload again with another `Idempotency-Key`."
    ),
    "images.list_images": "A page of the list.",
    "images.view_image": (
        "The image: `ready` or `trashed` with a presigned URL; a direct upload may be `pending` or "
        "`refused`."
    ),
    "changes.change_image": "The image as it is now.",
    "changes.restore_image": "The image as it was before it was moved to the trash.",
    "changes.change_many": "What became of each image, in the order sent.",
    "images.delete_image": "The image is deleted, or in the trash.",
    "tags.list_tags": "A page of tags.",
    "health.health": "The process runs.",
    "health.ready": "The stores answer.",
}
# By endpoint: the description of its operation.
NOTES = {
    "images.upload_image": (
        "Send a form with the file, or JSON with the image as base64. Only the bytes decide which "
        "type the image has. An image that cannot be read to its end is refused; a refused upload "
        "stores nothing.\n\n"
        "An empty optional field counts as left out. In a form `tags` may repeat, `tags[]` is "
        "`tags`, and what common upload libraries add is ignored: the text fields `name`, `type` "
        "and `relativePath`, and a text `image_data` beside the file. Any other field is refused "
        "by its name, and so is a body with a Content-Encoding.\n\n"
        "Send a large image directly to the store: POST JSON with `size` and `content_type` "
        "instead of the image, then send the bytes as the answer's `upload` says. The answer is "
        "202 while the bytes are missing, and 201 or 200 to a retry that comes after them. On AWS "
        "Lambda an image in a request may have about 4.5 MB. A request of more than 6 MB does not "
        "reach the service: its 413 comes from AWS and is not `application/problem+json`."
    ),
    "images.list_images": (
        "All filters go together, and with both orders. To get all pages, repeat the request with "
        "`next_cursor` (or follow the `Link` header) until it is null. Each matching image appears "
        "exactly once. Only the last page may be shorter than `limit`; but one request looks at a "
        "bounded number of images, so that a page of a search that matches very few (`q`, `none`, "
        "`untagged`, `content_type`, `match=all`, filters in the trash) may be short or empty and "
        "still have a `next_cursor`.\n\n"
        "`tags` and `none` may repeat, `tags[]` is `tags`; an empty parameter counts as left out. "
        "`q` is not trimmed, and must occur within one field."
    ),
    "images.view_image": (
        "The answer's `url` needs no token, opens in a browser, and serves exactly the bytes that "
        "were uploaded; with `rendition` it serves a smaller WebP, which is made if it is missing. "
        "It is signed for GET only: HEAD is answered with 403. The first view after the bytes of a "
        "direct upload have arrived checks them."
    ),
    "changes.change_image": (
        "A JSON Merge Patch (RFC 7396): what is absent stays. Null or an empty text removes the "
        "description, null removes all tags. `tags` replaces all tags, `add_tags` and "
        "`remove_tags` change some of them. The rules of the fields are those of an upload. A "
        "change that changes nothing keeps the version; a retry is safe. An image in the trash, or "
        "without its bytes, cannot be changed."
    ),
    "changes.restore_image": (
        "Takes the image out of the trash: it is again as it was before, also in lists. An image "
        "that is not in the trash stays as it is, and is answered too. The request needs no body."
    ),
    "changes.change_many": (
        "Does the same with up to 100 images; each is done or not, none half. `results` has a row "
        "for each id of the request, repeats included: the status that the single request would "
        "be answered with, and its problem if there is one. So the answer is 200 also if no image "
        "could be changed. Only `update` has `changes`. A retry is safe: what is already deleted "
        "is 404 then. `If-Match` is refused here. `Retry-After` says when to send it again if "
        "images failed that may soon work."
    ),
    "images.delete_image": (
        "Hides the image at once, then deletes its bytes. A second call is 404. With `trash` the "
        "image only leaves the lists: it keeps its bytes and its place in the quota, and can be "
        "restored until `purged_at`. Without `trash` an image in the trash is deleted too."
    ),
    "tags.list_tags": (
        "In the order of their code points. Only ready images count. To get all pages, repeat the "
        "request with `next_cursor` (or follow the `Link` header) until it is null. On AWS a count "
        "may be wrong for a while after a fault of the store."
    ),
    "health.health": "Does not ask the stores.",
    "health.ready": "Asks each store (bucket, table, indexes); names those that do not answer.",
}


def headers(has_tokens):
    """Return the headers of answers by name, but those that no answer has."""
    found = {}
    for name, (description, example) in HEADERS.items():
        schema = {"type": "integer" if isinstance(example, int) else "string"}
        found[name] = {"description": description, "schema": schema, "example": example}
    return found if has_tokens else {name: found[name] for name in found if name != CHALLENGE}


def group(endpoint):
    """Return the tag of an endpoint's operation: routes that change images are about images."""
    blueprint = endpoint.split(".")[0]
    return "images" if blueprint == "changes" else blueprint
