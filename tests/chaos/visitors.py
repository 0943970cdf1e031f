"""What a service also does beside uploads and changes: pages, searches, direct uploads, upkeep."""

import base64
import json
import random
import threading
from urllib.parse import urlencode, urlsplit

from tests.chaos.ledger import TAGS, USERS
from tests.support import pictures

JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}
PAGES = ("/", "/docs", "/openapi.json", "/health", "/ready", "/metrics", "/problems", "/nowhere")
SEARCHES = (
    {"q": "nothing has this"},
    {"q": "1"},
    {"tags": ",".join(TAGS), "match": "all"},
    {"content_type": "image/avif"},
    {"created_after": "2026-01-01", "order": "oldest"},
    {"status": "trashed"},
)
UPKEEP_SECONDS = 60


class Visitors:
    """Tasks for threads beside those of Clients. What they upload they delete at once.

    service: the process beside which the operator's commands run; bag: the folder of its export.
    """

    def __init__(self, clients, service, bag):
        self.clients = clients
        self.service = service
        self.bag = bag

    def threads(self):
        """Return the threads; they end when the clients stop."""
        tasks = [self.open_a_page, self.search, self.send_directly, self.send_json, self.send_junk]
        tasks = [lambda task=task: self.clients.keep(task) for task in tasks]
        return [threading.Thread(target=task) for task in [*tasks, self.keep_up]]

    def open_a_page(self):
        """Open a page as a browser does."""
        self.visit("GET", random.choice(PAGES), headers=random.choice([HTML, {}]))

    def search(self):
        """Search; some searches find nothing."""
        query = random.choice(SEARCHES) | {"user_id": random.choice(USERS)}
        self.visit("GET", f"/images?{urlencode(query)}")

    def send_directly(self):
        """Describe an image, send its bytes to the store, look at it; or leave it."""
        content = pictures.png(random.randint(1, 300), 40)
        described = {"filename": "a.png", "content_type": "image/png", "size": len(content)}
        image = self.begin(described | {"user_id": random.choice(USERS), "description": "visitor"})
        if image and random.random() < 0.8:
            upload = image["upload"]
            target = urlsplit(upload["url"])
            self.visit("PUT", f"{target.path}?{target.query}", content, upload["headers"])
        self.delete(image)

    def send_json(self):
        """Send an image as JSON."""
        content = base64.b64encode(pictures.jpeg(random.randint(1, 300), 40)).decode()
        fields = {"user_id": random.choice(USERS), "filename": "a.jpg", "description": "visitor"}
        self.delete(self.begin(fields | {"image_data": content}))

    def send_junk(self):
        """Send what is no image, or no request."""
        body = random.choice([b"", b"{", b'{"image_data": "AAAA"}', b"\xff\xd8\xff junk"])
        self.visit("POST", "/images", body, random.choice([JSON, {"Content-Type": "image/jpeg"}]))

    def begin(self, fields):
        """Send an upload as JSON; return the image of its answer, None without one."""
        status, content = self.visit("POST", "/images", json.dumps(fields), JSON)
        return json.loads(content) if status in (201, 202) else None

    def delete(self, image):
        """View and delete what was uploaded."""
        if image:
            self.visit("GET", f"/images/{image['image_id']}")
            self.visit("DELETE", f"/images/{image['image_id']}")

    def visit(self, method, path, body=None, headers=None):
        """Return (status, bytes) of a request; an answer with a 5xx but 503 is a fault."""
        request = [method, path, body, headers or {}]
        return self.clients.answer("visit", self.clients.port, request)

    def keep_up(self):
        """Sweep and export beside the server, again and again."""
        while not self.clients.stopped.wait(UPKEEP_SECONDS):
            self.service.sweep()
            update = ["--update"] if self.bag.exists() else []
            # 1: images were deleted meanwhile.
            if self.service.command("export", *update, str(self.bag)) not in (0, 1):
                self.clients.ledger.faults.append("an export ended with an error")
