"""The requests to a service whose data a later version opens.

The recorded word "given up" means an attempt that was released, "died" one whose process ended.
"""

import contextlib

from service.common.errors import StorageUnavailable
from service.models.image import FOLDERS, keyed_image_id
from tests.support import pictures
from tests.support.moments import await_next_moment
from tests.upgrades.uploads import as_json, ask, bytes_of, direct, form, send

OWN = ("url", "url_expires_at", "upload", "renditions")
# A page that ends in the middle of every list.
PAGE = 2
BOTH_TAGS = ["beach", "cat"]
QUERIES = (
    {},
    {"user_id": "ana"},
    {"user_id": "ana", "tags": "été,beach", "match": "any"},
    {"user_id": "ana", "tags": "beach,cat", "match": "all"},
    {"tags": "beach,cat", "match": "any"},
    {"tags": "beach,cat", "match": "all"},
)
FINISHED = (
    form("ana", "cat.png", pictures.png(8, 8)),
    form("ana", "beach.jpg", pictures.jpeg(9, 8), "k1", tags="Cat,BEACH", description="Low tide"),
    as_json("ana", "Größe 猫.gif", pictures.gif(8, 9), "ana-json", tags=["été", "cat"]),
    form("ana", "dune.webp", pictures.webp(12, 8), tags="beach, cat ,sea", description="Écume\n🌊"),
    as_json("ana", "shell.png", pictures.png(5, 7, "red"), tags=BOTH_TAGS, description=None),
    as_json("bob", "Ёлка.png", pictures.png(8, 8, "green"), "k1", tags=["cat"], description="зима"),
    form("bob", "boat.tiff", pictures.tiff(8, 6), description='"Cafe\u0301", 5 % & more'),
    form("bob", "bird.bmp", pictures.bmp(6, 6), "bob-form", tags="beach,cat"),
    as_json("bob", "crab.avif", pictures.avif(16, 16), tags=["beach", "cat", "a#b"]),
)
TAKEN_OVER = form("ana", "twice.png", pictures.png(6, 6, "blue"), "ana-twice", tags="beach,cat")
TRASHED = form("ana", "trash.png", pictures.png(5, 5, "gray"), "ana-trashed", tags="beach,cat")
CHANGED = form("bob", "plain.png", pictures.png(400, 6, "gray"), tags="cat")
CHANGES = {"filename": "Новая.png", "add_tags": ["new"], "description": "Changed"}
COMPLETED = (
    direct("ana", "direct.png", pictures.png(7, 7, "gold"), "ana-direct", tags=BOTH_TAGS),
    direct("bob", "прямо.png", pictures.png(7, 8, "gold"), description="Straight there"),
)
REFUSED = direct("ana", "text.png", b"This is a text, not a picture.", "ana-refused", tags=["cat"])
WAITING = direct("ana", "später.png", pictures.png(9, 9, "navy"), "ana-waiting", tags=["cat"])
ARRIVED = direct("ana", "there.png", pictures.png(9, 7, "navy"), "ana-arrived", tags=BOTH_TAGS)
DELETED = (
    form("ana", "gone.png", pictures.png(4, 4, "black"), "ana-deleted", tags="beach,cat"),
    as_json("bob", "gone.png", pictures.png(4, 5, "black"), tags=["cat"]),
)
RELEASED = form("ana", "again.png", pictures.png(4, 6, "pink"), "ana-given-up", tags="beach,cat")
UNFINISHED = as_json(
    "ana", "dead.png", pictures.png(4, 7, "pink"), "ana-died", description="Ünfinished"
)
CONDEMNED = form("ana", "late.png", pictures.png(4, 8, "pink"), "ana-condemned", tags="cat")


class Killed(BaseException):
    """The process ended here."""


class FailingObjects:
    """Objects that take an upload's bytes and then raise an error."""

    def __init__(self, objects, error):
        self.objects = objects
        self.error = error

    def put(self, image, file, thumb=None):
        """Store the bytes, then fail."""
        self.objects.put(image, file, thumb)
        raise self.error

    def __getattr__(self, name):
        return getattr(self.objects, name)


class Story:
    """Sends requests to an app and keeps the answers.

    uploads: for each its request, its result (`became`), its image_id, and its image if shown.
    """

    def __init__(self, app):
        self.service = app.extensions["image_service"]
        self.sweep = app.extensions["sweep"]
        self.client = app.test_client()
        self.uploads = []

    def tell(self):
        """Send all requests; return their answers as plain values."""
        # This is first, so that its sweep finds no other record.
        self.remember_unseen(CONDEMNED, self.condemn(CONDEMNED))
        for request in FINISHED:
            self.remember(request, "ready", ask(self.client, request).json)
        for request in DELETED:
            self.delete(request)
        self.fail(TAKEN_OVER)
        self.remember(TAKEN_OVER, "ready", ask(self.client, TAKEN_OVER).json)
        for request in COMPLETED:
            self.remember(request, "ready", self.view(self.arrive(request)))
        self.remember(TRASHED, "trashed", self.trash(TRASHED))
        self.remember(CHANGED, "changed", self.change(CHANGED))
        self.remember(REFUSED, "refused", self.view(self.arrive(REFUSED)))
        self.remember(WAITING, "waiting", self.view(ask(self.client, WAITING).json))
        self.remember(ARRIVED, "arrived", self.arrive(ARRIVED))
        self.remember_unseen(RELEASED, self.fail(RELEASED))
        self.remember_unseen(UNFINISHED, self.die(UNFINISHED))
        lists = [self.list(query) for query in QUERIES]
        return {"uploads": self.uploads, "lists": lists, **self.stored()}

    def remember(self, request, became, shown):
        """Keep a request, its result, and its image without the fields that change every time."""
        image = {name: shown[name] for name in shown if name not in OWN}
        upload = {"became": became, "image_id": image["image_id"], "image": image}
        self.uploads.append(upload | {"request": request})

    def remember_unseen(self, request, became):
        """Keep a request and its result, if its answer has no image."""
        image_id = keyed_image_id(request["fields"]["user_id"], request["key"])
        self.uploads.append({"became": became, "image_id": image_id, "request": request})

    def view(self, image):
        """Return an image as it is shown now."""
        return self.client.get(f"/images/{image['image_id']}").json

    def arrive(self, request):
        """Begin a direct upload and send its bytes; return the image of the first answer."""
        begun = ask(self.client, request).json
        assert send(self.client, begun["upload"], bytes_of(request)) == 200
        return begun

    def delete(self, request):
        """Upload an image and delete it."""
        image = ask(self.client, request).json
        assert self.client.delete(f"/images/{image['image_id']}").status_code == 204
        self.remember(request, "deleted", image)

    def trash(self, request):
        """Upload an image and move it to the trash; return it as the trash shows it."""
        image = ask(self.client, request).json
        assert self.client.delete(f"/images/{image['image_id']}?trash=true").status_code == 204
        (trashed,) = self.client.get("/images?user_id=ana&status=trashed").json["images"]
        return trashed

    def change(self, request):
        """Upload an image, make its large rendition, change it; return it."""
        path = f"/images/{ask(self.client, request).json['image_id']}"
        assert self.client.get(f"{path}?rendition=large").status_code == 200
        return self.client.patch(path, json=CHANGES).json

    def fail(self, request):
        """Let an upload fail after its bytes are stored; return its result."""
        with self.failing_objects(StorageUnavailable("made up")):
            assert ask(self.client, request).status_code == 503
        return "given up"

    def die(self, request):
        """Let the process end after an upload's bytes are stored; return the result."""
        with self.failing_objects(Killed()), contextlib.suppress(Killed):
            ask(self.client, request)
        return "died"

    def condemn(self, request):
        """Let the process end during an upload and a sweep condemn it; return the result."""
        grace_seconds = self.service.attempts.grace_seconds
        self.service.attempts.grace_seconds = 0
        self.die(request)
        self.service.attempts.grace_seconds = grace_seconds
        await_next_moment()
        assert self.sweep.run()["condemned"] == 1
        return "condemned"

    @contextlib.contextmanager
    def failing_objects(self, error):
        """Let every put end with an error."""
        objects = self.service.objects
        self.service.writes.objects = FailingObjects(objects, error)
        try:
            yield
        finally:
            self.service.writes.objects = objects

    def list(self, query):
        """Return the image_ids of a list, a cursor in its middle, and the ids after the cursor."""
        whole = self.client.get("/images", query_string=query | {"limit": 100}).json
        ids = [image["image_id"] for image in whole["images"]]
        page = self.client.get("/images", query_string=query | {"limit": PAGE}).json
        assert len(ids) > PAGE + 1
        return {"query": query, "ids": ids, "cursor": page["next_cursor"], "after": ids[PAGE:]}

    def stored(self):
        """Return how much each user keeps, and the keys of objects that no image names."""
        users = self.service.images.usages().items()
        usage = {user_id: {"images": one.images, "bytes": one.bytes} for user_id, one in users}
        kept = [image.own_keys for image in self.service.images.all() if image.is_stored]
        left_over = object_keys(self.service.objects).difference(*kept)
        return {"usage": usage, "left_over": sorted(left_over)}


def object_keys(objects):
    """Return the keys of all objects."""
    return {key for folder in FOLDERS for key in objects.list(folder)}
