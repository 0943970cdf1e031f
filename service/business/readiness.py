"""Checks whether every store answers within two seconds."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor, wait

from service.common.errors import ServiceError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.8


class Readiness:
    """Asks all stores in parallel.

    stores: repositories, each with a `missing` method. seconds: how long they have to answer.
    """

    def __init__(self, *stores, seconds=ANSWER_SECONDS):
        self.stores = stores
        self.seconds = seconds
        self.lock = threading.Lock()
        self.answers = {}
        self.askers = ThreadPoolExecutor(len(stores), thread_name_prefix="ready")

    def missing(self):
        """Return the names of parts that are missing, broken or slower than two seconds."""
        names = {self.answer_of(store): store.name for store in self.stores}
        done, late = wait(names, timeout=self.seconds)
        found = [text for one in done for text in one.result()]
        return sorted(found + [f"{names[one]} (no answer in {self.seconds} s)" for one in late])

    def answer_of(self, store):
        """Return the Future of a store's answer; a store is not asked again before it answers."""
        with self.lock:
            answer = self.answers.get(store)
            if answer is None or answer.done():
                answer = self.answers[store] = self.askers.submit(ask, store)
            return answer


def ask(store):
    """Return the names of the missing parts of a store; a store that fails is itself one."""
    try:
        return store.missing()
    except ServiceError as error:
        log.warning("store not ready", extra={"store": store.name, **error.facts})
        return [f"{store.name} ({error.facts.get('code', 'does not answer')})"]
