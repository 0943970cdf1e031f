"""One page of any list: streams of index keys, merged in the order of the list."""

from collections import deque

# The most records that one request reads; then it returns a short page and a position.
MOST_READ = 2_000
MOST_PER_READ = 500


class Stream:
    """The rows of one index key in the order of the list, read in portions.

    `read(key, position, limit)` returns (images, position, ended): images listed after a position,
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

    def refill(self, portion, most=MOST_PER_READ):
        """Read the next portion: twice as many rows as before, not more than `most`."""
        self.portion = min(max(portion, 2 * self.portion), MOST_PER_READ, most)
        images, self.position, self.ended = self.read(self.key, self.position, self.portion)
        self.rows.extend(images)
        self.count += len(images)

    @property
    def needs_read(self):
        """Tell whether no row is in memory but the store may have more."""
        return not self.rows and not self.ended


class Page:
    """One page, merged from streams by listed_at; an image in several streams is taken once.

    run(function, streams) calls the function with each stream. position: where the page begins.
    spent: how many rows the request has read elsewhere.
    """

    def __init__(self, streams, run, query, limit, *, position, spent=0):
        self.streams = streams
        self.run = run
        self.next_of = min if query.oldest else max
        self.accepts = query.accepts if query.is_search else lambda image: True
        self.limit = limit
        self.portion = portion_of(limit, streams)
        self.images = []
        self.position = position
        self.spent = spent

    def fill(self):
        """Take rows until the page is full, the streams end or MOST_READ rows were read.

        Returns (images, position); position is None on the last page.
        """
        while len(self.images) < self.limit:
            if not self.refill():
                return self.images, self.position
            row = self.take()
            if row is None:
                return self.images, None
            if self.accepts(row):
                self.images.append(row)
        more = any(stream.rows or not stream.ended for stream in self.streams)
        return self.images, self.position if more else None

    def refill(self):
        """Read until every stream has a row in memory or has ended; False if that is too much."""
        while waiting := [stream for stream in self.streams if stream.needs_read]:
            left = MOST_READ - self.spent - sum(stream.count for stream in self.streams)
            most = left // len(waiting)
            if most < 1:
                return False
            self.run(lambda stream, most=most: stream.refill(self.portion, most), waiting)
        return True

    def take(self):
        """Remove the next row from every stream that has it; return it, or None at the end."""
        nonempty = [stream for stream in self.streams if stream.rows]
        if not nonempty:
            return None
        self.position = self.next_of(stream.rows[0].listed_at for stream in nonempty)
        if len(nonempty) == 1:
            return nonempty[0].rows.popleft()
        first = [stream for stream in nonempty if stream.rows[0].listed_at == self.position]
        for stream in first[1:]:
            stream.rows.popleft()
        return first[0].rows.popleft()


def read_any(read, run, keys, query, *, limit, position):
    """Return (images, position): a page of the images under any of the keys."""
    streams = [Stream(read, key, position) for key in keys]
    return Page(streams, run, query, limit, position=position).fill()


def read_all(read, run, groups, query, *, limit, position):
    """Return (images, position): a page of the images that carry all the tags.

    A group has one key for each tag. In each group only one stream is read further: the stream
    whose first portion goes furthest, because it has the fewest images.
    """
    candidates = [[Stream(read, key, position) for key in keys] for keys in groups]
    portion = portion_of(limit, groups)
    run(lambda stream: stream.refill(portion), [one for group in candidates for one in group])
    streams = [sparsest(group, query) for group in candidates]
    read_once = sum(stream.count for group in candidates for stream in group)
    spent = read_once - sum(stream.count for stream in streams)
    return Page(streams, run, query, limit, position=position, spent=spent).fill()


def sparsest(streams, query):
    """Return the stream whose first portion goes furthest; one that has ended goes furthest."""
    ended = [stream for stream in streams if stream.ended]
    if ended:
        return min(ended, key=lambda stream: len(stream.rows))
    furthest = max if query.oldest else min
    return furthest(streams, key=lambda stream: stream.position)


def portion_of(limit, streams):
    """Return how many rows to read first of each of some streams."""
    return -(-limit // max(len(streams), 1)) + 1
