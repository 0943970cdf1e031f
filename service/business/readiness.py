"""Do the stores answer, and soon?"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from service.common.errors import ServiceError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.8


class Readiness:
    """Asks every store, side by side.

    stores: repositories, each with a `missing` method. seconds: how long they have to answer.
    """

    def __init__(self, *stores, seconds=ANSWER_SECONDS):
        self.stores = stores
        self.seconds = seconds
        self.lock = threading.Lock()
        self.asked = {}
        self.askers = ThreadPoolExecutor(len(stores), thread_name_prefix="ready")

    def missing(self):
        """Return what is missing, broken or slower than two seconds, as texts."""
        asked = {self.answer_of(store): store.name for store in self.stores}
        done, late = wait(asked, timeout=self.seconds)
        found = [text for one in done for text in one.result()]
        return sorted(found + [f"{asked[one]} (no answer in {self.seconds} s)" for one in late])

    def answer_of(self, store):
        """Return the Future of a store's answer; while one hangs it is not asked again."""
        with self.lock:
            asked = self.asked.get(store)
            if asked is None or asked.done():
                asked = self.asked[store] = self.askers.submit(ask, store)
            return asked


def ask(store):
    """Return what a store misses; a store that fails is itself missing."""
    try:
        return store.missing()
    except ServiceError as error:
        log.warning("store not ready", extra={"store": store.name, **error.facts})
        return [f"{store.name} ({error.facts.get('code', 'does not answer')})"]
