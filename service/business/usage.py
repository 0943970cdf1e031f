"""What users keep, added up anew from their images."""

import logging

from service.models.image import READY
from service.models.quota import Usage

log = logging.getLogger(__name__)


class Recount:
    """Sets what is counted to what is there. images is a repository."""

    def __init__(self, images):
        self.images = images

    def is_needed(self):
        """Tell whether anything is counted: only where there is a quota."""
        return bool(self.images.quota)

    def run(self):
        """Correct every wrong count; return how many were `corrected`, and how many `left`.

        Left are users whose images changed meanwhile: run it again for them.
        """
        wrong = miscounted(self.images)
        done = [self.images.correct_usage(user_id, *pair) for user_id, pair in wrong.items()]
        figures = {"corrected": done.count(True), "left": done.count(False)}
        log.info("recount ended", extra=figures)
        return figures


def miscounted(images):
    """Return {user_id: (seen, counted)}, two Usages, of the users whose count is wrong.

    Also of some whose images change just then: their `changes` are no longer those seen.
    """
    seen = images.usages()
    counted = dict.fromkeys(seen, Usage())
    for image in images.all():
        if image.state == READY:
            kept = counted.get(image.user_id, Usage())
            counted[image.user_id] = Usage(kept.images + 1, kept.bytes + image.size)
    pairs = {user_id: (seen.get(user_id, Usage()), counted[user_id]) for user_id in counted}
    return {user_id: pair for user_id, pair in pairs.items() if pair[0][:2] != pair[1][:2]}


def audit(images):
    """Return how many users are miscounted, those aside whose images change just then."""
    wrong = miscounted(images)
    now = images.usages() if wrong else {}
    return sum(now.get(user_id, Usage()) == seen for user_id, (seen, _) in wrong.items())
