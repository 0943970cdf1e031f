"""Requests and answers as they really are: the API document shows them, a test sends them."""

from service.common.version import VERSION

PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAgAgMAAAApuhOPAAAADFBMVEXu1q//3QCHzusAd77n6j4bAAAAOElEQVR42mNcxYAA"
    "TAyEOa+ROP8PbMCh7A/DH2JMY2FgQZVhgTEYHUSRZETxuY3xP4lewMsZZAAAybQHmfJYE6MAAAAASUVORK5CYII="
)
FORM = {
    "user_id": "user123",
    "filename": "beach.png",
    "tags": "beach,vacation",
    "description": "Summer photo",
}
JSON = FORM | {"tags": ["beach", "vacation"], "image_data": PICTURE}
IMAGE_ID = "5f0c6d2e9b4a47c1a3f8e07d6b1c2948"
IMAGE = {
    "image_id": IMAGE_ID,
    "user_id": "user123",
    "filename": "beach.png",
    "description": "Summer photo",
    "tags": ["beach", "vacation"],
    "content_type": "image/png",
    "size": 137,
    "width": 48,
    "height": 32,
    "sha256": "2b98a15ad2d9b3e8641006d1409a2f46d7c74e8aa30d2f0fda4bb43d4b166a97",
    "created_at": "2026-02-13T09:30:00.123Z",
    "status": "ready",
    "url": f"http://localhost:8000/files/images/{IMAGE_ID}/8c1f5e0b7a29d364?type=image%2Fpng"
    "&expires=1770978600&signature=…",
    "url_expires_at": "2026-02-13T10:30:00.000Z",
}
DIRECT = {name: FORM[name] for name in ("user_id", "filename")}
DIRECT |= {"content_type": "image/png", "size": 137}
INCOMING = (
    f"http://localhost:8000/files/incoming/{IMAGE_ID}/8c1f5e0b7a29d364?expires=1770975900"
    "&method=PUT&size=137&type=image%2Fpng&signature=…"
)
PENDING = IMAGE | DIRECT | {"description": None, "tags": [], "status": "pending"}
PENDING |= dict.fromkeys(("width", "height", "sha256", "url", "url_expires_at"))
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
