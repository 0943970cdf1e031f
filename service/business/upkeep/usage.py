"""Counts again how many images and bytes each user keeps."""

import logging

from service.models.image import STATES
from service.models.quota import Usage, counted

log = logging.getLogger(__name__)


class Recount:
    """Corrects the counts to the images that exist. images is a repository."""

    def __init__(self, images):
        self.images = images

    def is_needed(self):
        """Tell whether the service counts at all: it does so only with a quota."""
        return bool(self.images.quota)

    def run(self):
        """Correct every wrong count; return how many were `corrected` and how many `uncorrected`.

        A count stays uncorrected if the user's images change at the same time: run it again.
        """
        wrong = miscounted(self.images)
        done = [self.images.correct_usage(user_id, *pair) for user_id, pair in wrong.items()]
        figures = {"corrected": done.count(True), "uncorrected": done.count(False)}
        log.info("recount ended", extra=figures)
        return figures


def miscounted(images):
    """Return {user_id: (previous, counted)}, two Usages, of the users whose count is wrong.

    It may name a user whose images change at the same time; then the stored `changes` is no longer
    that of `previous`. It names no user with an image in a state that only a newer version knows,
    because that version may count it.
    """
    previous = images.usages()
    sums = dict.fromkeys(previous, Usage())
    unsure = set()
    for image in images.all():
        if image.state not in STATES:
            unsure.add(image.user_id)
        if any(more := counted(image)):
            kept = sums.get(image.user_id, Usage())
            sums[image.user_id] = Usage(kept.images + more.images, kept.bytes + more.bytes)
    pairs = {
        user_id: (previous.get(user_id, Usage()), sums[user_id]) for user_id in sums.keys() - unsure
    }
    return {user_id: pair for user_id, pair in pairs.items() if pair[0][:2] != pair[1][:2]}


def audit(images):
    """Return how many users are miscounted, except users whose images change at the same time."""
    wrong = miscounted(images)
    now = images.usages() if wrong else {}
    return sum(now.get(user_id, Usage()) == previous for user_id, (previous, _) in wrong.items())
