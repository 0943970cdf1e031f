"""One page of any list: newest-first streams of index keys, merged.

Both image repositories make lists with it; they differ only in how they read a stream.
"""

from collections import deque

# The most rows that one request reads; then it returns a short page and a cursor.
MOST_READ = 10_000
MOST_PER_READ = 500


class Stream:
    """The rows of one index key, newest first, read in portions.

    `read(key, position, limit)` returns (images, position, ended): images listed below a position,
    the position for the next read, and whether the stream has ended.
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
        """Return how many rows to read next: twice as many as before, at most MOST_PER_READ."""
        return min(max(portion, 2 * self.portion), MOST_PER_READ)

    @property
    def needs_read(self):
        """Tell whether no row is in memory but the store may have more."""
        return not self.rows and not self.ended

    @property
    def reach(self):
        """How far back in time the rows in memory go; a stream that has ended goes furthest."""
        return ("", len(self.rows)) if self.ended else (self.position, 0)


class Page:
    """One page, merged from streams by listed_at; an image in several streams is taken once."""

    def __init__(self, streams, run, limit):
        self.streams = streams
        self.run = run
        self.portion = -(-limit // max(len(streams), 1)) + 1
        self.limit = limit
        self.images = []
        self.position = None

    def fill(self, accept):
        """Take rows until the page is full, the streams end or MOST_READ rows were read.

        Returns (images, position); position is None on the last page.
        """
        while len(self.images) < self.limit:
            if any(stream.needs_read for stream in self.streams):
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
        """Tell whether the next read would exceed the rows that one request may read."""
        next_rows = sum(one.next_portion(self.portion) for one in self.streams if one.needs_read)
        return next_rows + sum(one.count for one in self.streams) > MOST_READ

    def refill(self):
        """Read until every stream has a row in memory or has ended."""
        while waiting := [stream for stream in self.streams if stream.needs_read]:
            self.run(lambda stream: stream.refill(self.portion), waiting)

    def take(self):
        """Remove the newest row from every stream that has it; return it, or None at the end."""
        nonempty = [stream for stream in self.streams if stream.rows]
        if not nonempty:
            return None
        self.position = max(stream.rows[0].listed_at for stream in nonempty)
        if len(nonempty) == 1:
            return nonempty[0].rows.popleft()
        newest = [stream for stream in nonempty if stream.rows[0].listed_at == self.position]
        for stream in newest[1:]:
            stream.rows.popleft()
        return newest[0].rows.popleft()


def read_any(read, run, keys, *, position, limit):
    """Return (images, position): a page of the images under any of the keys."""
    streams = [Stream(read, key, position) for key in keys]
    return Page(streams, run, limit).fill(lambda image: True)


def read_all(read, run, groups, *, tags, position, limit):
    """Return (images, position): a page of the images that carry all the tags.

    A group has one key for each tag. In each group only one stream is read further: the stream
    whose first portion goes furthest back in time, because it has the fewest images.
    """
    candidates = [[Stream(read, key, position) for key in keys] for keys in groups]
    portion = -(-limit // len(groups)) + 1
    run(lambda stream: stream.refill(portion), [one for group in candidates for one in group])
    streams = [min(group, key=lambda stream: stream.reach) for group in candidates]
    return Page(streams, run, limit).fill(lambda image: tags <= set(image.tags))
