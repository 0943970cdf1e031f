"""Examples of requests and answers in the API document. A test sends each request."""

from service.api.problems import problem_body
from service.api.problems.problem_types import DETAILS
from service.common.errors import UnreadableImage
from service.common.version import VERSION
from service.models.fields import REQUIRED, SENT, SHOWN, TAGS

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgAgMAAAApuhOPAAAADFBMVEXu1q//3QCHzusAd77n6j4bAAAAOElEQVR42mNcxYAA"
    "TAyEOa+ROP8PbMCh7A/DH2JMY2FgQZVhgTEYHUSRZETxuY3xP4lewMsZZAAAybQHmfJYE6MAAAAASUVORK5CYII="
)
IMAGE = {row.name: row.example for row in SHOWN}
IMAGE_ID = IMAGE["image_id"]
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
    "health.health": {"status": "ok", "version": VERSION},
    "health.ready": {"status": "ready"},
}
