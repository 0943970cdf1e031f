"""Examples of requests and answers in the API document. A test sends each request."""

from service.common.version import VERSION
from service.models.fields import REQUIRED, SENT, SHOWN, TAGS

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgAgMAAAApuhOPAAAADFBMVEXu1q//3QCHzusAd77n6j4bAAAAOElEQVR42mNcxYAA"
    "TAyEOa+ROP8PbMCh7A/DH2JMY2FgQZVhgTEYHUSRZETxuY3xP4lewMsZZAAAybQHmfJYE6MAAAAASUVORK5CYII="
)
IMAGE = {row.name: row.example for row in SHOWN}
IMAGE_ID = IMAGE["image_id"]
JSON = {row.name: row.example for row in SENT} | {"image_data": PICTURE}
FORM = {row.name: ",".join(row.example) if row.kind == TAGS else row.example for row in SENT}
DIRECT = {row.name: row.example for row in SENT if row.sent == REQUIRED}
DIRECT |= {name: IMAGE[name] for name in ("content_type", "size")}
LEFT_OUT = {row.name: [] if row.kind == TAGS else None for row in SENT if row.sent != REQUIRED}
INCOMING = (
    f"http://localhost:8000/files/incoming/{IMAGE_ID}/8c1f5e0b7a29d364?expires=1770975900"
    "&method=PUT&size=137&type=image%2Fpng&signature=…"
)
PENDING = IMAGE | DIRECT | LEFT_OUT | {"status": "pending"}
PENDING |= {row.name: None for row in SHOWN if row.late}
PENDING["upload"] = {
    "method": "PUT",
    "url": INCOMING,
    "headers": {"Content-Type": "image/png"},
    "expires_at": "2026-02-13T09:45:00.000Z",
    "curl": f"curl -T beach.png -H 'Content-Type: image/png' '{INCOMING}'",
}
PAGE = {"images": [IMAGE], "count": 1, "next_cursor": None}
# By endpoint: the body of its answer.
ANSWERS = {
    "images.upload_image": IMAGE,
    "direct": PENDING,
    "images.list_images": PAGE,
    "images.view_image": IMAGE,
    "health.health": {"status": "ok", "version": VERSION},
    "health.ready": {"status": "ready"},
}
