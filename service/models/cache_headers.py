"""The header that lets browsers, and no shared cache, keep an image's bytes."""

import functools

YEAR_SECONDS = 31_536_000


@functools.lru_cache(maxsize=64)
def cache_control(seconds):
    """Return the Cache-Control of bytes that never change, for this many seconds."""
    # `private`, because a URL is for whoever holds it. `immutable`, so that a reload asks nothing.
    return f"private, max-age={seconds}, immutable"


# What an object is stored with: it counts where a URL does not say how long.
STORED = cache_control(YEAR_SECONDS)
