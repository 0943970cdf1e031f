"""What users were promised of their images, and what may have happened without an answer."""

from collections import namedtuple

from service.models.image import PENDING, READY, TRASHED

Facts = namedtuple("Facts", "state tags description version")
# In place of Facts: the image was deleted; nothing is known of it.
GONE, ANY = "gone", "any"


class Promises:
    """possible: {image_id: what may be true of it}: Facts, GONE or ANY.

    It is one thing after an answer, and more after a request that may have been applied or not.
    brief: the image_ids that were moved to the trash for no time.
    """

    def __init__(self):
        self.possible = {}
        self.brief = set()

    @property
    def kept(self):
        """The image_ids that must be there: nothing can have deleted them."""
        return {image_id for image_id, may in self.possible.items() if not may & {GONE, ANY}}

    @property
    def gone(self):
        """The image_ids that must not be there."""
        return {image_id for image_id, may in self.possible.items() if may == {GONE}}

    def shown(self, answer):
        """Take over an answer that shows an image, if nothing is known of that."""
        self.possible.setdefault(answer["image_id"], {facts_of(answer)})

    def add(self, image_id, apply):
        """Note that an event may happen, which makes apply(facts) of an image's Facts."""
        before = self.possible.get(image_id, {ANY})
        self.possible[image_id] = before | outcomes(before, apply)

    def sent(self, image_id, apply):
        """Note that a request is sent; return what its answer is given to: (status, JSON or None).

        apply(facts): what the request makes of an image's Facts, None if it is refused.
        """
        before = self.possible.get(image_id, {ANY})
        self.add(image_id, apply)

        def answered(status, answer=None):
            if status == 404:
                assert before & {GONE, ANY}
                self.possible[image_id] = {GONE}
            elif status < 300:
                self.possible[image_id] = applied(before, apply, answer)
            elif status < 500:
                assert ANY in before or None in {apply(facts) for facts in before - {GONE}}
                self.possible[image_id] = before

        return answered

    def swept(self):
        """Note that a sweep begins: it may delete what was in the trash for no time."""
        for image_id in self.brief:
            self.add(image_id, purged)

    def check(self, image_id, facts):
        """Check that Facts, or GONE, may be true. A deleted image stays deleted."""
        may = self.possible[image_id]
        assert facts in may or ANY in may, (image_id, facts, may)
        if facts == GONE:
            self.possible[image_id] = {GONE}


def outcomes(before, apply):
    """Return what an event may make of any of these."""
    made = {facts if facts in (GONE, ANY) else apply(facts) for facts in before}
    return made - {None}


def applied(before, apply, answer):
    """Return what may be true after an answer that tells of success."""
    after = outcomes(before - {GONE}, apply) if apply is not deleted else {GONE}
    if answer:
        assert facts_of(answer) in after or ANY in after, (answer, before)
        after = {facts_of(answer)}
    # If nothing was to be changed, nothing was written: a late request is refused only by a write.
    unwritten = {facts for facts in before if facts in after}
    written = any(apply(facts) in after - {facts} for facts in before - {GONE, ANY})
    return after | before if unwritten and not written else after


def facts_of(answer):
    """Return the Facts of an image as answers show it."""
    return Facts(answer["status"], tuple(answer["tags"]), answer["description"], answer["version"])


def facts_of_record(image):
    """Return the Facts of a record; GONE if its user must not see it."""
    if image is None or not image.is_visible:
        return GONE
    return Facts(image.state, tuple(image.tags), image.description, image.version)


def updated(changes):
    """Return what a PATCH makes of Facts; of a direct upload, what it makes of it once complete."""

    def apply(facts):
        if facts.state not in (READY, PENDING):
            return None
        tags = set(changes.get("tags", facts.tags)) | set(changes.get("add_tags", ()))
        values = {"tags": tuple(sorted(tags - set(changes.get("remove_tags", ()))))}
        values["description"] = changes.get("description", facts.description)
        after = facts._replace(state=READY, **values)
        return after if after[1:] == facts[1:] else after._replace(version=facts.version + 1)

    return apply


def trashed(facts):
    """Return what the trash makes of Facts."""
    return facts._replace(state=TRASHED)


def restored(facts):
    """Return what a restore makes of Facts."""
    return None if facts.state == PENDING else facts._replace(state=READY)


def deleted(_facts):
    """Return what a delete makes of Facts."""
    return GONE


def purged(facts):
    """Return what a sweep makes of Facts whose time in the trash is over."""
    return GONE if facts.state == TRASHED else facts
