"""Compare what the clients were answered with what the stores hold, after the last kill."""

import collections
import hashlib
from concurrent.futures import ThreadPoolExecutor

from service.models.image import DELETING, READY, TRASHED
from tests.chaos.changers import Changers
from tests.chaos.ledger import TAGS, USERS
from tests.support.promises import GONE, facts_of

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
        self.trash = walk(clients, {"status": TRASHED})
        self.visible = self.view_all({upload.image_id for upload in self.acknowledged})
        self.records = list(images.all())
        self.object_keys = set(objects.list("images/"))

    def view_all(self, acknowledged_ids):
        """Return the images that can be viewed, by image_id."""
        image_ids = sorted(acknowledged_ids | set(self.listed) | set(self.trash))
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
            "changes acknowledged": answers["change", 200],
            "change requests cut off": answers["change", None],
            "moved to the trash, acknowledged": answers["trash", 204],
            "restores acknowledged": answers["restore", 200],
            "trash and restore requests cut off": answers["trash", None] + answers["restore", None],
            "batches acknowledged": answers["batch", 200],
            "batches cut off": answers["batch", None],
            "images in batches, done": sum(
                count
                for (verb, status), count in answers.items()
                if verb.startswith("batch ") and status in (200, 204)
            ),
            "images visible": len(self.visible),
            "images in the trash": len(self.trash),
            "images visible with a thumb": sum(
                "thumb" in image["renditions"] for image in self.visible.values()
            ),
            "renditions viewed": answers["render", 200],
            "large renditions": sum(key.endswith(".large.webp") for key in self.object_keys),
            "tombstones that have to stay": sum(is_kept(record) for record in self.records),
        }

    def faults(self, audit):
        """Return {fault: how often it was found}; each must be 0. audit: the audit's figures."""
        stored = [record for record in self.records if record.is_stored]
        left_over = [one for one in self.records if not one.is_stored and not is_kept(one)]
        wrong_lists = [one for one in FILTERS if set(walk(self.clients, one)) != self.matching(one)]
        return {
            "acknowledged uploads lost": len(self.lost()),
            "deleted images back": len(self.back()),
            "images not as promised": len(self.broken()),
            "visible images that were not sent": len(self.unknown()),
            "visible images without exact bytes": len(self.inexact()),
            "thumbs named, but missing or broken": len(self.without_thumb()),
            "images too many under one key": self.doubled(),
            "in list, trash, view or table only": len(self.contradictions()),
            "filtered lists that disagree": len(wrong_lists),
            "tags miscounted": len(self.miscounted_tags()),
            "objects without an image": len(
                self.object_keys.difference(*(record.own_keys for record in stored))
            ),
            "leftover records": len(left_over),
            "found by the audit": audit["faults"],
            # Last, because it empties the trash.
            "trashed images that stay away": len(self.not_restored()),
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

    def broken(self):
        """Return the acknowledged uploads whose metadata or state nobody was promised."""
        possible = self.ledger.promises.possible
        shown = {image_id: facts_of(image) for image_id, image in self.visible.items()}
        return [
            upload
            for upload in self.acknowledged
            if shown.get(upload.image_id, GONE) not in possible[upload.image_id]
        ]

    def contradictions(self):
        """Return the image_ids of which list, trash, view and table tell different things."""
        views = {(image_id, facts_of(image)) for image_id, image in self.visible.items()}
        shown = self.listed | self.trash
        rows = {(image_id, facts_of(image)) for image_id, image in shown.items()}
        states = {(image_id, READY) for image_id in self.listed}
        states |= {(image_id, TRASHED) for image_id in self.trash}
        table = {(record.image_id, record.state) for record in self.records if record.is_stored}
        return {image_id for image_id, _ in (views ^ rows) | (states ^ table)}

    def miscounted_tags(self):
        """Return the tags whose count is not that of the list of images, by user_id or None."""
        wrong = []
        for user_id in (None, *USERS):
            images = [one for one in self.listed.values() if user_id in (None, one["user_id"])]
            counted = collections.Counter(tag for image in images for tag in image["tags"])
            query = f"?limit=100&user_id={user_id}" if user_id else "?limit=100"
            _, page = self.clients.ask("tags", "GET", f"/tags{query}")
            shown = {row["tag"]: row["count"] for row in page["tags"]}
            wrong += [(user_id, *one) for one in shown.items() ^ counted.items()]
        return wrong

    def not_restored(self):
        """Restore what is in the trash; return the image_ids of what is not as it was then."""
        changers = Changers(self.clients)
        uploads = [one for one in self.acknowledged if one.image_id in self.trash]
        failed = {one.image_id for one in uploads if changers.restore(one) != 200}
        listed = walk(self.clients, {})
        before = {one.image_id: facts_of(self.trash[one.image_id]) for one in uploads}
        return failed | {
            image_id
            for image_id, facts in before.items()
            if image_id not in listed or facts_of(listed[image_id]) != facts._replace(state=READY)
        }

    def unknown(self):
        """Return the visible images that belong to no upload."""
        uploads = {str(upload.number): upload for upload in self.ledger.uploads}
        return [
            image
            for image in self.visible.values()
            if number_of(image) not in uploads or not uploads[number_of(image)].is_shown_by(image)
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
        numbers = [number_of(image) for image in self.visible.values()]
        numbers = [number for number in numbers if number in keyed]
        return len(numbers) - len(set(numbers))

    def matching(self, query):
        """Return the image_ids of the images that match a filter."""
        user_id, tag = query.get("user_id"), query.get("tags")
        return {
            image_id
            for image_id, image in self.listed.items()
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


def number_of(image):
    """Return the number of an image's upload, with which its description begins."""
    return image["description"].partition(" ")[0]


def is_kept(record):
    """Tell whether a record is a tombstone that the sweep must not forget yet.

    That of a key stays for a day, that of a direct upload while bytes may still be sent to it.
    """
    return bool(record.state == DELETING and record.bury_nonce and (record.keyed or record.direct))
