"""Do the stores answer, and soon?"""

import logging
from concurrent.futures import ThreadPoolExecutor, wait

from service.common.errors import ServiceError

log = logging.getLogger(__name__)

ANSWER_SECONDS = 1.8


class Readiness:
    """Asks every store, side by side. stores: repositories, each with a `missing` method."""

    def __init__(self, *stores):
        self.stores = stores
        self.askers = ThreadPoolExecutor(4 * len(stores), thread_name_prefix="ready")

    def missing(self):
        """Return what is missing, broken or slower than two seconds, as texts."""
        asked = {self.askers.submit(ask, store): store.name for store in self.stores}
        done, late = wait(asked, timeout=ANSWER_SECONDS)
        found = [text for one in done for text in one.result()]
        return sorted(found + [f"{asked[one]} (no answer in {ANSWER_SECONDS} s)" for one in late])


def ask(store):
    """Return what a store misses; a store that fails is itself missing."""
    try:
        return store.missing()
    except ServiceError as error:
        log.warning("store not ready", extra={"store": store.name, **error.facts})
        return [f"{store.name} ({error.facts.get('code', 'does not answer')})"]
