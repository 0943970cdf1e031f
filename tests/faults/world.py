"""A service on the test's repositories, what it was answered, and checks of its promises."""

import collections
import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

from service.business.image_service import ImageService
from service.business.upkeep.audit import Audit
from service.business.upkeep.sweep import Sweep
from service.business.upkeep.tag_counts import TagCounts
from service.common.errors import ServiceError
from service.models.image import DELETING, READY, TRASHED, UPLOAD_SECONDS, now_text
from service.models.renditions import THUMB
from tests.repositories.stores import read_object
from tests.support import pictures, promises
from tests.support.promises import GONE, Promises, facts_of, facts_of_record

PICTURE = pictures.png(4, 4)
# The same picture with its author, whose name `strip` cuts.
PRIVATE = PICTURE[:33] + pictures.chunk(b"tEXt", b"Author\0Ana") + PICTURE[33:]
FIELDS = {"user_id": "ana", "filename": "cat.png", "description": None}


def measured(service, file):
    """Return the fields that a service measures."""
    fields, _thumb = service.inspector.inspect(file)
    return fields


def at_once(requests):
    """Send requests in parallel; return their responses."""
    with ThreadPoolExecutor(len(requests)) as threads:
        return [one.result() for one in [threads.submit(request) for request in requests]]


class World:
    """An app on these repositories, each wrapped by `wrap`. promises: what it was answered."""

    def __init__(self, app, images, objects, wrap=lambda part: part):
        self.app = app
        self.images = images
        self.objects = objects
        inspector = app.extensions["image_service"].inspector
        parts = (wrap(images), wrap(objects))
        self.service = ImageService(*parts, inspector, grace_seconds=0)
        app.extensions["image_service"] = self.service
        app.extensions["sweep"] = Sweep(*parts, grace_seconds=0)
        self.client = app.test_client()
        self.promises = Promises()

    def remember(self, before):
        """Take over the answers of an earlier world on the same stores."""
        self.promises = before.promises

    def upload(self, key=None, tags=(), user_id="ana", data=PICTURE, **fields):
        """Upload a picture; return the response."""
        form = {"user_id": user_id, "tags": list(tags), "image_data": (io.BytesIO(data), "cat.png")}
        form |= fields
        headers = {"Idempotency-Key": key} if key else None
        response = self.app.test_client().post("/images", data=form, headers=headers)
        if response.status_code == 201:
            self.promises.shown(response.json)
        return response

    def upload_without_thumb(self, tags=()):
        """Leave an image whose thumb could not be stored; return its image_id."""
        file = io.BytesIO(PICTURE)
        fields = FIELDS | {"tags": list(tags)} | measured(self.service, file)
        image_id = self.service.store(file, None, fields, fields, None).image_id
        self.view(image_id)
        return image_id

    def begin(self, key=None, tags=(), data=PICTURE, **fields):
        """Begin a direct upload, due at once; return the response."""
        self.service.attempts.grace_seconds = -UPLOAD_SECONDS
        body = {"user_id": "ana", "filename": "cat.png", "content_type": "image/png"}
        body |= {"size": len(data), "tags": list(tags)} | fields
        headers = {"Idempotency-Key": key} if key else None
        return self.app.test_client().post("/images", json=body, headers=headers)

    def arrive(self, data=PICTURE, tags=(), **fields):
        """Leave a direct upload whose bytes have arrived; return its image_id."""
        image = self.images.get(self.begin(tags=tags, data=data, **fields).json["image_id"])
        image.sha256 = hashlib.sha256(data).hexdigest()
        self.objects.put(image, io.BytesIO(data))
        return image.image_id

    def view(self, image_id, rendition=""):
        """View an image; return the response."""
        response = self.client.get(f"/images/{image_id}?rendition={rendition}")
        if response.status_code == 200 and response.json["status"] == READY:
            self.promises.shown(response.json)
        return response

    def change(self, image_id, **changes):
        """Change an image; return the response."""
        path = f"/images/{image_id}"
        sent = promises.updated(changes)
        return self.ask(image_id, sent, lambda: self.client.patch(path, json=changes))

    def trash(self, image_id, days=30):
        """Move an image to the trash for some days; return the response."""
        self.service.changes.trash_days = days
        if not days:
            self.promises.brief.add(image_id)
        path = f"/images/{image_id}?trash=true"
        return self.ask(image_id, promises.trashed, lambda: self.client.delete(path))

    def restore(self, image_id):
        """Bring an image back from the trash; return the response."""
        path = f"/images/{image_id}/restore"
        return self.ask(image_id, promises.restored, lambda: self.client.post(path))

    def delete(self, image_id):
        """Delete an image; return the response."""
        path = f"/images/{image_id}"
        return self.ask(image_id, promises.deleted, lambda: self.client.delete(path))

    def ask(self, image_id, apply, send):
        """Send a request about an image, and note what was promised; return the response.

        apply: see Promises.sent.
        """
        answered = self.promises.sent(image_id, apply)
        response = send()
        answered(response.status_code, response.json if response.status_code == 200 else None)
        return response

    def batch(self, image_ids, action, changes=None):
        """Do an action with many images, the trash keeps them for 30 days; return the response."""
        self.service.changes.trash_days = 30
        applied = {"update": promises.updated(changes or {}), "trash": promises.trashed}
        applied |= {"restore": promises.restored, "delete": promises.deleted}
        answered = [self.promises.sent(image_id, applied[action]) for image_id in image_ids]
        body = {"image_ids": image_ids, "action": action} | (
            {"changes": changes} if changes else {}
        )
        response = self.client.post("/images/batch", json=body)
        if response.status_code == 200:
            for answer, row in zip(answered, response.json["results"], strict=True):
                answer(row["status"])
        return response

    def die(self, key=None, tags=()):
        """Leave an upload whose process died before the last step; return its image."""
        file = io.BytesIO(PICTURE)
        found, thumb = self.service.inspector.inspect(file)
        image = self.service.attempts.new(FIELDS | {"tags": list(tags)} | found, key)
        assert self.images.begin(image)
        assert self.objects.put(image, file, thumb)
        return image

    def sweep(self):
        """Sweep; return the figures, or None if a store failed."""
        self.promises.swept()
        try:
            return self.app.extensions["sweep"].run()
        except ServiceError:
            return None

    def listed(self, query):
        """Return the image_ids of a list."""
        return set(self.rows(query))

    def rows(self, query):
        """Return the images of a list by image_id, as the list shows them."""
        response = self.client.get(f"/images?{query}")
        assert response.status_code == 200
        rows = {image["image_id"]: image for image in response.json["images"]}
        assert len(rows) == len(response.json["images"])
        return rows

    def check_users_see_the_truth(self):
        """Check that images are as they were promised, and that each is in its lists only."""
        listed, trash = self.rows("user_id=ana"), self.rows("user_id=ana&status=trashed")
        tagged = self.rows("user_id=ana&tags=a")
        assert not listed.keys() & trash.keys()
        for image_id in listed.keys() | trash.keys() | self.promises.possible.keys():
            image = self.images.get(image_id)
            facts = facts_of_record(image)
            if image_id in self.promises.possible:
                self.promises.check(image_id, facts)
            state = None if facts == GONE else facts.state
            assert (image_id in listed, image_id in trash) == (state == READY, state == TRASHED)
            assert (image_id in tagged) == (state == READY and "a" in image.tags)
            for rows in (listed, trash, tagged):
                assert image_id not in rows or facts_of(rows[image_id]) == facts
            status = self.client.get(f"/images/{image_id}").status_code
            assert status == (404 if state is None else 200)
            if state in (READY, TRASHED):
                assert read_object(self.objects, image.object_key) == PICTURE
                self.check_its_thumb_is_there(image)
        assert not self.images.tag_counts.is_exact or self.are_tags_counted()

    def are_tags_counted(self):
        """Tell whether the list of tags counts what the list of images shows."""
        counts = collections.Counter(
            tag for image in self.rows("user_id=ana").values() for tag in image["tags"]
        )
        right = [{"tag": tag, "count": count} for tag, count in sorted(counts.items())]
        queries = ("", "user_id=ana")
        return all(self.client.get(f"/tags?{query}").json["tags"] == right for query in queries)

    def check_its_thumb_is_there(self, image):
        """Check that the thumb that a record names is there."""
        named = image.rendition(THUMB)
        if named:
            assert self.objects.rendition_size(image, THUMB) == named["size"]

    def sweep_until_nothing_is_due(self):
        """Sweep until nothing is due; return the remaining records: stored images, spent keys."""
        for _ in range(20):
            records = list(self.images.all())
            if not any(is_due(image) for image in records):
                return records
            for image in records:
                if image.direct and image.swept:
                    # Let their day pass.
                    self.images.postpone(image, now_text())
            assert self.sweep()["failed"] == 0
        raise AssertionError("records stay due")

    def check_nothing_is_left_over(self):
        """Check that after the sweeps only stored images, their objects and spent keys are left."""
        records = self.sweep_until_nothing_is_due()
        stored = [image for image in records if image.is_stored]
        assert all(image.is_stored or is_spent_key(image) for image in records)
        listed = self.listed("user_id=ana") | self.listed("user_id=ana&status=trashed")
        assert {image.image_id for image in stored} == listed >= self.promises.kept
        left = set(self.objects.list("images/"))
        assert {image.object_key for image in stored} <= left
        assert left <= {object_key for image in stored for object_key in image.own_keys}
        assert list(self.objects.list("incoming/")) == []
        if not self.are_tags_counted():
            # Where tags are counted best effort, a recount makes it exact.
            assert not self.images.tag_counts.is_exact
            TagCounts(self.images).recount()
            assert self.are_tags_counted()
        assert Audit(self.images, self.objects).run()["faults"] == 0


def is_due(image):
    """Tell whether a sweep will look at a record soon."""
    if image.state == TRASHED and not image.tidy_at:
        return image.purged_at <= now_text()
    return image.due_at is not None and not is_spent_key(image)


def is_spent_key(image):
    """Tell whether a record stays only to mark its key as spent, and has no bytes any more."""
    return image.state == DELETING and image.keyed and image.bury_nonce and image.swept == 2
