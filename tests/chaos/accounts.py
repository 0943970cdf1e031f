"""Compare what the clients were answered with what the stores hold, after the last kill."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

from service.models.image import DELETING, READY
from tests.chaos.ledger import TAGS, USERS

FILTERS = [{"user_id": user} for user in USERS] + [{"tags": tag} for tag in TAGS]
FILTERS += [{"user_id": user, "tags": tag} for user in USERS for tag in TAGS]


class Accounts:
    """The images that the service shows, and its store (images, objects), without load."""

    def __init__(self, clients, store):
        images, objects = store.images, store.objects
        self.clients = clients
        self.ledger = clients.ledger
        self.acknowledged = [upload for upload in self.ledger.uploads if upload.image_id]
        self.listed = walk(clients, {})
        self.visible = self.view_all({upload.image_id for upload in self.acknowledged})
        self.records = list(images.all())
        self.object_keys = set(objects.list("images/"))

    def view_all(self, acknowledged_ids):
        """Return the images that can be viewed, by image_id."""
        image_ids = sorted(acknowledged_ids | set(self.listed))
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(self.clients.view, image_ids))
        return {image["image_id"]: image for status, image in answers if status == 200}

    def happened(self):
        """Return {event: how often it happened}."""
        answers = self.ledger.answers
        in_doubt = [one for one in self.acknowledged if one.asked and not one.gone]
        return {
            "uploads sent": len(self.ledger.uploads),
            "upload requests cut off": answers["upload", None],
            "delete requests cut off": answers["delete", None],
            "uploads acknowledged": len(self.acknowledged),
            "deletes acknowledged": sum(upload.gone for upload in self.acknowledged),
            "deletes never answered": len(in_doubt),
            "images visible": len(self.visible),
            "images visible with a thumb": sum(
                "thumb" in image["renditions"] for image in self.visible.values()
            ),
            "renditions viewed": answers["render", 200],
            "large renditions": sum(key.endswith(".large.webp") for key in self.object_keys),
            "tombstones of keys, kept 24 h": sum(is_kept(record) for record in self.records),
        }

    def faults(self, audit):
        """Return {fault: how often it was found}; each must be 0. audit: the audit's figures."""
        ready = {record.image_id: record for record in self.records if record.state == READY}
        left_over = [one for one in self.records if one.state != READY and not is_kept(one)]
        wrong_lists = [one for one in FILTERS if set(walk(self.clients, one)) != self.matching(one)]
        return {
            "acknowledged uploads lost": len(self.lost()),
            "deleted images back": len(self.back()),
            "visible images that were not sent": len(self.unknown()),
            "visible images without exact bytes": len(self.inexact()),
            "thumbs named, but missing or broken": len(self.without_thumb()),
            "images too many under one key": self.doubled(),
            "visible in list, view or table only": len(
                (set(self.listed) ^ set(self.visible)) | (set(ready) ^ set(self.visible))
            ),
            "filtered lists that disagree": len(wrong_lists),
            "objects without an image": len(
                self.object_keys.difference(*(record.own_keys for record in ready.values()))
            ),
            "leftover records": len(left_over),
            "found by the audit": audit["faults"],
            "wrong answers during the load": len(self.ledger.faults),
        }

    def lost(self):
        """Return the acknowledged uploads that nobody asked to delete and that are not visible."""
        return [
            upload
            for upload in self.acknowledged
            if not upload.asked and upload.image_id not in self.visible
        ]

    def back(self):
        """Return the deleted uploads that are visible, or whose key is not spent."""
        gone = [upload for upload in self.acknowledged if upload.gone]
        return [
            upload
            for upload in gone
            if upload.image_id in self.visible
            or (upload.key and self.clients.upload(upload) != 409)
        ]

    def unknown(self):
        """Return the visible images that belong to no upload."""
        uploads = {str(upload.number): upload for upload in self.ledger.uploads}
        return [
            image
            for image in self.visible.values()
            if image["description"] not in uploads
            or not uploads[image["description"]].is_shown_by(image)
        ]

    def inexact(self):
        """Return the visible images whose URL does not serve their exact bytes."""
        images = list(self.visible.values())
        with ThreadPoolExecutor(4) as threads:
            answers = list(threads.map(self.clients.load, [image["url"] for image in images]))
        return [
            image
            for image, (status, content) in zip(images, answers, strict=True)
            if status != 200 or hashlib.sha256(content).hexdigest() != image["sha256"]
        ]

    def without_thumb(self):
        """Return the visible images that name a thumb which their URL does not serve."""
        images = list(self.visible.values())
        with ThreadPoolExecutor(4) as threads:
            problems = list(threads.map(self.clients.problem_with_thumb, images))
        return [image for image, problem in zip(images, problems, strict=True) if problem]

    def doubled(self):
        """Return how many images exist beyond one for each Idempotency-Key."""
        keyed = {str(upload.number) for upload in self.ledger.uploads if upload.key}
        numbers = [image["description"] for image in self.visible.values()]
        numbers = [number for number in numbers if number in keyed]
        return len(numbers) - len(set(numbers))

    def matching(self, query):
        """Return the image_ids of the visible images that match a filter."""
        user_id, tag = query.get("user_id"), query.get("tags")
        return {
            image_id
            for image_id, image in self.visible.items()
            if user_id in (None, image["user_id"]) and (tag is None or tag in image["tags"])
        }


def settle(clients):
    """Retry the uploads with a key that got no answer: each must succeed at once."""
    unsettled = clients.ledger.unsettled
    waiting = {upload.key: upload for upload in unsettled if not upload.asked}
    unsettled.clear()
    for upload in waiting.values():
        if clients.upload(upload) != 201:
            clients.ledger.faults.append(f"upload {upload.number}: its retry does not succeed")


def walk(clients, query):
    """Return the images on all pages of a list, by image_id; a repeat is a fault."""
    images, cursor = {}, None
    while True:
        more = {"cursor": cursor} if cursor else {}
        status, page = clients.list(query | more | {"limit": 100})
        if status != 200:
            raise RuntimeError(f"a list was answered {status}")
        if any(image["image_id"] in images for image in page["images"]):
            clients.ledger.faults.append(f"list {query} shows an image twice")
        images |= {image["image_id"]: image for image in page["images"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return images


def is_kept(record):
    """Tell whether a record is the tombstone of a key, which stays for a day."""
    return bool(record.state == DELETING and record.keyed and record.bury_nonce)
