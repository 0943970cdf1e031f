"""Clients that change images, move them to the trash and bring them back, one or many at once."""

import json
import random
import time

from tests.chaos.ledger import TAGS
from tests.support.promises import deleted, restored, trashed, updated

JSON = {"Content-Type": "application/json"}
NUMBERED = [f"number-{number}" for number in range(9)]
MOST_AT_ONCE = 6


class Changers:
    """Tasks for the threads of Clients. Each takes the images that it changes from `standing`."""

    def __init__(self, clients):
        self.clients = clients
        self.ledger = clients.ledger

    def change_one(self):
        """Do a few things with an image, one after another, some of them again."""
        for upload in self.taken(1):
            for _ in range(random.choice([1, 2, 4])):
                action = random.choice([self.update, self.update, self.trash, self.restore])
                changes = random_changes(upload)
                while action(upload, changes) not in (200, 204, 409) and random.random() < 0.5:
                    # Its client has no answer and sends it again.
                    pass
            self.ledger.standing.append(upload)

    def change_many(self):
        """Do one thing with a few images."""
        uploads = self.taken(random.randint(2, MOST_AT_ONCE))
        if not uploads:
            return
        action = random.choice(["update", "update", "trash", "restore", "delete"])
        changes = {"add_tags": [random.choice(NUMBERED)]}
        applied = {"update": updated(changes), "trash": trashed}
        apply = (applied | {"restore": restored, "delete": deleted})[action]
        for upload in uploads:
            upload.asked |= action == "delete"
        notes = [self.ledger.sent(upload, apply) for upload in uploads]
        body = {"image_ids": [upload.image_id for upload in uploads], "action": action}
        body |= {"changes": changes} if action == "update" else {}
        status, answer = self.ask("batch", "POST", "/images/batch", body)
        for number, (upload, note) in enumerate(zip(uploads, notes, strict=True)):
            done = answer["results"][number]["status"] if status == 200 else status
            self.ledger.count(f"batch {action}", done)
            note(done)
            upload.gone |= action == "delete" and done in (204, 404)
        self.ledger.standing.extend(upload for upload in uploads if not upload.asked)

    def taken(self, count):
        """Return up to so many uploads that no other thread changes meanwhile."""
        uploads = []
        while len(uploads) < count:
            try:
                uploads.append(self.ledger.standing.popleft())
            except IndexError:
                time.sleep(0.01)
                break
        return uploads

    def update(self, upload, changes):
        """Change an image; return the status."""
        return self.send(upload, updated(changes), ["change", "PATCH", "", changes])

    def trash(self, upload, _changes=None):
        """Move an image to the trash; return the status."""
        return self.send(upload, trashed, ["trash", "DELETE", "?trash=true"])

    def restore(self, upload, _changes=None):
        """Bring an image back from the trash; return the status."""
        return self.send(upload, restored, ["restore", "POST", "/restore"])

    def send(self, upload, apply, request):
        """Send a request about an image, and note what it promises; return the status."""
        verb, method, path, *body = request
        note = self.ledger.sent(upload, apply)
        status, answer = self.ask(verb, method, f"/images/{upload.image_id}{path}", *body)
        note(status, answer if status == 200 else None)
        return status

    def ask(self, verb, method, path, body=None):
        """Return (status, JSON) of a request with a JSON body, or without any."""
        if body is None:
            return self.clients.ask(verb, method, path)
        return self.clients.ask(verb, method, path, json.dumps(body), JSON)


def random_changes(upload):
    """Return a change of an image's metadata; the description begins with the upload's number."""
    changes = {}
    if random.random() < 0.7:
        changes["add_tags"] = [random.choice(NUMBERED + TAGS)]
        removed = random.choice(NUMBERED + TAGS)
        changes["remove_tags"] = [] if removed in changes["add_tags"] else [removed]
    if not changes or random.random() < 0.4:
        changes["description"] = f"{upload.number} {random.randrange(1000)}"
    return changes
