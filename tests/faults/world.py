"""A service on the test's repositories, what it was answered, and checks of its promises."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

from service.business.image_service import ImageService
from service.business.upkeep.sweep import Sweep
from service.business.upkeep.usage import audit
from service.common.errors import ServiceError
from service.models.image import DELETING, READY, UPLOAD_SECONDS, now_text
from service.models.renditions import THUMB
from tests.repositories.stores import read_object
from tests.support import pictures

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
    """An app on these repositories, each wrapped by `wrap`.

    kept: tags by image_id of the acknowledged uploads. asked: the image_ids for which a delete was
    sent; they are not in kept. gone: those whose delete was answered.
    """

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
        self.kept, self.asked, self.gone = {}, set(), set()

    def remember(self, before):
        """Take over the answers of an earlier world on the same stores."""
        self.kept, self.asked, self.gone = before.kept, before.asked, before.gone

    def upload(self, key=None, tags=(), user_id="ana", data=PICTURE, **fields):
        """Upload a picture; return the response."""
        form = {"user_id": user_id, "tags": list(tags), "image_data": (io.BytesIO(data), "cat.png")}
        form |= fields
        headers = {"Idempotency-Key": key} if key else None
        response = self.app.test_client().post("/images", data=form, headers=headers)
        if response.status_code == 201 and response.json["image_id"] not in self.asked:
            self.kept[response.json["image_id"]] = set(tags)
        return response

    def upload_without_thumb(self, tags=()):
        """Leave an image whose thumb could not be stored; return its image_id."""
        file = io.BytesIO(PICTURE)
        fields = FIELDS | {"tags": list(tags)} | measured(self.service, file)
        image_id = self.service.store(file, None, fields, fields, None).image_id
        self.kept[image_id] = set(tags)
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
        if response.status_code == 200 and response.json["status"] == "ready":
            self.kept[image_id] = set(response.json["tags"])
        return response

    def delete(self, image_id):
        """Delete an image; return the response."""
        self.asked.add(image_id)
        self.kept.pop(image_id, None)
        response = self.client.delete(f"/images/{image_id}")
        if response.status_code == 204:
            self.gone.add(image_id)
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
        try:
            return self.app.extensions["sweep"].run()
        except ServiceError:
            return None

    def listed(self, query):
        """Return the image_ids of a list."""
        response = self.client.get(f"/images?{query}")
        assert response.status_code == 200
        ids = [image["image_id"] for image in response.json["images"]]
        assert len(ids) == len(set(ids))
        return set(ids)

    def check_users_see_the_truth(self):
        """Check that acknowledged images are there and complete, and that deleted ones are not."""
        listed, tagged = self.listed("user_id=ana"), self.listed("user_id=ana&tags=a")
        assert listed >= set(self.kept)
        assert {image_id for image_id, tags in self.kept.items() if "a" in tags} <= tagged <= listed
        assert not listed & self.gone
        for image_id in listed:
            image = self.service.view("ana", image_id)
            assert (image_id in tagged) == ("a" in image.tags)
            assert read_object(self.objects, image.object_key) == PICTURE
            self.check_its_thumb_is_there(image)
        for image_id in self.gone:
            assert self.client.get(f"/images/{image_id}").status_code == 404

    def check_its_thumb_is_there(self, image):
        """Check that the thumb that a record names is there."""
        named = image.rendition(THUMB)
        if named:
            assert self.objects.rendition_size(image, THUMB) == named["size"]

    def sweep_until_nothing_is_due(self):
        """Sweep until nothing is due; return the remaining records: ready images and spent keys."""
        for _ in range(20):
            records = list(self.images.all())
            if not any(image.due_at and not is_spent_key(image) for image in records):
                return records
            for image in records:
                if image.direct and image.swept:
                    # Let their day pass.
                    self.images.postpone(image, now_text())
            assert self.sweep()["failed"] == 0
        raise AssertionError("records stay due")

    def check_nothing_is_left_over(self):
        """Check that after the sweeps only ready images, their objects and spent keys are left."""
        records = self.sweep_until_nothing_is_due()
        ready = [image for image in records if image.state == READY]
        assert all(image.state == READY or is_spent_key(image) for image in records)
        assert {image.image_id for image in ready} == self.listed("user_id=ana") >= set(self.kept)
        left = set(self.objects.list("images/"))
        assert {image.object_key for image in ready} <= left
        assert left <= {object_key for image in ready for object_key in image.own_keys}
        assert list(self.objects.list("incoming/")) == []
        assert not self.images.quota or audit(self.images) == 0


def is_spent_key(image):
    """Tell whether a record stays only to mark its key as spent, and has no bytes any more."""
    return image.state == DELETING and image.keyed and image.bury_nonce and image.swept == 2
