"""Work on the images of a bag, several at a time: on AWS each takes round trips."""

import collections
from concurrent.futures import ThreadPoolExecutor

THREADS = 8
# Begun before the first of them has ended: no more are in memory.
MOST_BEGUN = 4 * THREADS


def results(work, arguments):
    """Yield work(*argument) of each argument, in their order. Raises what the work raises."""
    begun = collections.deque()
    pool = ThreadPoolExecutor(THREADS)
    try:
        for argument in arguments:
            begun.append(pool.submit(work, *argument))
            if len(begun) == MOST_BEGUN:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
