"""One page of tags with their counts, in the order of their code points."""

# How many rows one request reads at most.
MOST_READ = 2_000
# Below every character that a tag may have, and above: no tag has control characters, nor more
# characters than the end has.
LEAST = "\x01"
END = "\U0010ffff" * 50


def bounds(prefix, position):
    """Return (first, last): the tags with a prefix, behind a position (None: all), lie between."""
    return max(prefix, f"{position or ''}{LEAST}"), prefix + END


def cut(tags, limit):
    """Return (tags, position) of a page. tags: one more than the page takes, if there are more."""
    return tags[:limit], tags[limit - 1][0] if len(tags) > limit else None


def merged(streams, run, limit):
    """Return (tags, position): a page of streams of (tag, count); counts of one tag are summed.

    Streams are those of DynamoDB's list_pages. Tags whose sum is not above 0 are left out.
    """
    tags, position = [], None
    while len(tags) < limit:
        if not refill(streams, run, limit + 1):
            return tags, position
        heads = [stream for stream in streams if stream.rows]
        if not heads:
            return tags, None
        position = min(stream.rows[0][0] for stream in heads)
        same = [stream for stream in heads if stream.rows[0][0] == position]
        count = sum(stream.rows.popleft()[1] for stream in same)
        if count > 0:
            tags.append((position, count))
    more = any(stream.rows or not stream.ended for stream in streams)
    return tags, position if more else None


def refill(streams, run, portion):
    """Read until every stream has a row in memory or has ended; False if that is too much."""
    while waiting := [stream for stream in streams if stream.needs_read]:
        left = MOST_READ - sum(stream.count for stream in streams)
        most = left // len(waiting)
        if not most:
            return False
        run(lambda stream, most=most: stream.refill(portion, most), waiting)
    return True
