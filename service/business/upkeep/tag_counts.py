"""Counts again how many images carry each tag."""

import collections
import logging
import time

from service.common.errors import ServiceError

log = logging.getLogger(__name__)


class TagCounts:
    """Corrects the counts of tags to what the lists show. images is a repository.

    A store may count best effort (docs/storage.md, section 6); its counts then need this.
    """

    def __init__(self, images):
        self.counts = images.tag_counts

    def fill(self, end=None):
        """Count the images of versions that did not count, once; return figures, or {}.

        end: the monotonic time at which it must stop; the next call then starts again, and finds
        corrected what this one has corrected. Never fails.
        """
        try:
            return {} if self.counts.is_filled() else self.recount(end)
        except ServiceError as error:
            log.warning("tags not counted", extra=error.facts)
            return {}

    def recount(self, end=None):
        """Correct every wrong count; return how many were corrected, and how many were not.

        A count stays uncorrected if another recount was first, or if it changes quickly: run again.
        """
        done = collections.Counter()
        for key, stored, counted in self.wrong():
            if end is not None and time.monotonic() > end:
                log.warning("tags not counted: no time left", extra={"corrected": done[True]})
                return {}
            done[self.counts.correct(key, stored, counted)] += 1
        self.counts.mark_filled()
        figures = {"tags_corrected": done[True], "tags_uncorrected": done[False]}
        log.info("tags counted", extra=figures)
        return figures

    def audit(self):
        """Return how many counts are wrong."""
        return len(self.wrong())

    def wrong(self):
        """Return [(key, stored, counted)] of the wrong counts.

        A count that changes while the images are counted is right if they are as many as it was
        before, after or between; if not, only what is surely wrong is corrected.
        """
        before = dict(self.counts.stored())
        images = collections.Counter()
        for key, number in self.counts.counted():
            images[key] += number
        after = dict(self.counts.stored())
        wrong = []
        for key in images.keys() | before.keys() | after.keys():
            low, high = sorted([before.get(key, 0), after.get(key, 0)])
            missing = images[key] - min(max(images[key], low), high)
            if missing:
                stored = after.get(key, 0)
                wrong.append((key, stored, stored + missing))
        return wrong
