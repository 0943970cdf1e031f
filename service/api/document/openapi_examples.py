"""Examples of requests and answers in the API document. A test sends each request."""

from service.api.problems import problem_body
from service.api.problems.problem_types import DETAILS, problem_types
from service.common.errors import ImageNotFound, UnreadableImage
from service.common.version import VERSION
from service.models.fields import REQUIRED, SENT, SHOWN, TAGS

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgAgMAAAApuhOPAAAADFBMVEXu1q//3QCHzusAd77n6j4bAAAAOElEQVR42mNcxYAA"
    "TAyEOa+ROP8PbMCh7A/DH2JMY2FgQZVhgTEYHUSRZETxuY3xP4lewMsZZAAAybQHmfJYE6MAAAAASUVORK5CYII="
)
IMAGE = {row.name: row.example for row in SHOWN}
IMAGE_ID = IMAGE["image_id"]
ETAG = f'"{IMAGE_ID}-1"'
USED = [row for row in SENT if row.example is not None]
JSON = {row.name: row.example for row in USED} | {"image_data": PICTURE}
FORM = {row.name: ",".join(row.example) if row.kind == TAGS else row.example for row in USED}
DIRECT = {row.name: row.example for row in SENT if row.sent == REQUIRED}
DIRECT |= {name: IMAGE[name] for name in ("content_type", "size")}
LEFT_OUT = {row.name: [] if row.kind == TAGS else None for row in USED if row.sent != REQUIRED}
INCOMING = (
    f"http://localhost:8000/files/incoming/{IMAGE_ID}/8c1f5e0b7a29d364?expires=1770975900"
    "&method=PUT&size=137&type=image%2Fpng"
    "&signature=7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"
)
PENDING = IMAGE | DIRECT | LEFT_OUT | {"status": "pending"}
PENDING |= {row.name: None for row in SHOWN if row.late} | {"renditions": {}}
REFUSED = PENDING | {"status": "refused"}
REFUSED["problem"] = problem_body.build(UnreadableImage, DETAILS[UnreadableImage.code])
PENDING["upload"] = {
    "method": "PUT",
    "url": INCOMING,
    "headers": {"Content-Type": "image/png"},
    "expires_at": "2026-02-13T09:45:00.000Z",
    "curl": f"curl -T beach.png -H 'Content-Type: image/png' '{INCOMING}'",
}
CHANGES = {"description": "Autumn photo", "add_tags": ["sea"], "remove_tags": ["vacation"]}
CHANGED = IMAGE | {"description": "Autumn photo", "tags": ["beach", "sea"], "version": 2}
CHANGED["updated_at"] = "2026-02-14T18:05:00.456Z"
GONE = "00000000000000000000000000000000"
BATCH = {"image_ids": [IMAGE_ID, GONE], "action": "update", "changes": CHANGES}
NOT_FOUND = problem_types()[ImageNotFound.code].example | {"instance": f"/images/{GONE}"}
RESULTS = {
    "results": [
        {"image_id": IMAGE_ID, "status": 200},
        {"image_id": GONE, "status": 404, "problem": NOT_FOUND},
    ]
}
PAGE = {"images": [IMAGE], "count": 1, "next_cursor": None}
TAG_PAGE = {"tags": [{"tag": tag, "count": 1} for tag in IMAGE["tags"]], "next_cursor": None}
# By endpoint, and by the state of a direct upload: the body of the answer.
ANSWERS = {
    "images.upload_image": IMAGE,
    "pending": PENDING,
    "refused": REFUSED,
    "images.list_images": PAGE,
    "images.view_image": IMAGE,
    "tags.list_tags": TAG_PAGE,
    "changes.change_image": CHANGED,
    "changes.restore_image": IMAGE,
    "changes.change_many": RESULTS,
    "health.health": {"status": "ok", "version": VERSION},
    "health.ready": {"status": "ready"},
}
