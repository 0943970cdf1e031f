"""The images that a user has in the service, by the digest of their bytes."""

from datetime import timedelta

from service.operators.importing.transport.pace import Stopped

READY = "ready"
TRASHED = "trashed"
PAGE = 100
# Clocks of several servers may differ by so much. Older images are in the lists anyway.
CLOCKS = timedelta(seconds=5)


class Stored:
    """What the import needs to know of an image in the service."""

    def __init__(self, answered):
        self.image_id = answered["image_id"]
        self.tags = set(answered["tags"])
        self.is_trashed = answered["status"] == TRASHED


class Library:
    """The user's images, ready ones and those in the trash, as they were at the start."""

    def __init__(self, client, user):
        self.client = client
        self.user = user
        self.images = {}
        self.begun_at = ""

    def read(self, tell):
        """List all images. tell(number): called after each page. Raises Stopped."""
        for status in (READY, TRASHED):
            query = {"user_id": self.user, "status": status, "limit": PAGE}
            while query:
                answer = self.client.get("/images", **query)
                if answer.status != 200 or "images" not in answer.body:
                    raise Stopped(
                        f"No images can be listed at {self.client.address}: {answer.words}"
                    )
                self.note_begin(answer)
                for image in answer.body["images"]:
                    # Ready ones come first: an image in the trash does not replace one.
                    self.images.setdefault(image["sha256"], Stored(image))
                tell(len(self.images))
                cursor = answer.body.get("next_cursor")
                query = query | {"cursor": cursor} if cursor else None

    def note_begin(self, answer):
        """Note when this run began, by the service's clock."""
        if not self.begun_at and answer.date:
            begun_at = answer.date - CLOCKS
            self.begun_at = begun_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def find(self, sha256):
        """Return the Stored image with this digest, or None."""
        return self.images.get(sha256)

    def is_older(self, answered):
        """Tell whether an image of an answer was made before this run."""
        return answered["created_at"] < self.begun_at
