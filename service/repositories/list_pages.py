"""One page of any list: newest-first streams of index keys, merged.

Both image repositories list this way; they differ only in how a stream is read.
"""

from collections import deque

# One request reads at most this many records; then its page is short and the cursor goes on.
MOST_READ = 10_000
MOST_PER_READ = 500


class Stream:
    """The rows of one index key, newest first, read in portions.

    `read(key, position, limit)` returns (images, position, ended): images listed below a position,
    where the next read goes on, and whether there is nothing more.
    """

    def __init__(self, read, key, position):
        self.read = read
        self.key = key
        self.position = position
        self.rows = deque()
        self.ended = False
        self.portion = 0
        self.count = 0

    def refill(self, portion):
        """Read the next portion."""
        self.portion = self.next_portion(portion)
        images, self.position, self.ended = self.read(self.key, self.position, self.portion)
        self.rows.extend(images)
        self.count += len(images)

    def next_portion(self, portion):
        """Return how many rows the next read asks for: each time twice as many, up to a bound."""
        return min(max(portion, 2 * self.portion), MOST_PER_READ)

    @property
    def is_empty(self):
        """Tell whether rows may be left in the store and none is at hand."""
        return not self.rows and not self.ended

    @property
    def reach(self):
        """How far back the rows at hand go; a stream read to its end reaches furthest."""
        return ("", len(self.rows)) if self.ended else (self.position, 0)


class Page:
    """The images of one page, taken off streams in one order, repeats of an image dropped."""

    def __init__(self, streams, run, limit):
        self.streams = streams
        self.run = run
        self.portion = -(-limit // max(len(streams), 1)) + 1
        self.limit = limit
        self.images = []
        self.position = None

    def fill(self, accept):
        """Take rows until the page is full, the streams end or too much was read.

        Returns (images, position); position is None on the last page.
        """
        while len(self.images) < self.limit:
            if any(stream.is_empty for stream in self.streams):
                if self.must_stop():
                    return self.images, self.position
                self.refill()
            row = self.take()
            if row is None:
                return self.images, None
            if accept(row):
                self.images.append(row)
        more = any(stream.rows or not stream.ended for stream in self.streams)
        return self.images, self.position if more else None

    def must_stop(self):
        """Tell whether the next read would go beyond what one request may read."""
        asked = sum(one.next_portion(self.portion) for one in self.streams if one.is_empty)
        return asked + sum(one.count for one in self.streams) > MOST_READ

    def refill(self):
        """Bring every stream to a row at hand, or to its end."""
        while empty := [stream for stream in self.streams if stream.is_empty]:
            self.run(lambda stream: stream.refill(self.portion), empty)

    def take(self):
        """Take the newest row off every stream that has it; None when all have ended."""
        live = [stream for stream in self.streams if stream.rows]
        if not live:
            return None
        self.position = max(stream.rows[0].listed_at for stream in live)
        if len(live) == 1:
            return live[0].rows.popleft()
        newest = [stream for stream in live if stream.rows[0].listed_at == self.position]
        for stream in newest[1:]:
            stream.rows.popleft()
        return newest[0].rows.popleft()


def read_any(read, run, keys, *, position, limit):
    """Return (images, position): a page of the images under any of the keys."""
    streams = [Stream(read, key, position) for key in keys]
    return Page(streams, run, limit).fill(lambda image: True)


def read_all(read, run, groups, *, tags, position, limit):
    """Return (images, position): a page of the images that carry all the tags.

    Each group holds the keys of the same images under each of the tags. Only its sparsest stream is
    read on, the one whose first portion reaches furthest back.
    """
    candidates = [[Stream(read, key, position) for key in keys] for keys in groups]
    portion = -(-limit // len(groups)) + 1
    run(lambda stream: stream.refill(portion), [one for group in candidates for one in group])
    streams = [min(group, key=lambda stream: stream.reach) for group in candidates]
    return Page(streams, run, limit).fill(lambda image: tags <= set(image.tags))
