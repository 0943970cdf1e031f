"""Lists in SQLite: the table `entries` has a row for each list that an image is in."""

import json
import threading
import time

from service.common import deadlines
from service.models.image import STORED, TRASHED, from_kept
from service.repositories.embedded.pace import Pace
from service.repositories.embedded.sqlite import facets
from service.repositories.embedded.sqlite.tags import SqliteTags
from service.repositories.embedded.sqlite.totals import SqliteTotals

# A search looks at entries in chunks of about CHUNK_SECONDS, the first as long as a page. After
# MOST_SECONDS it answers, also with a short page.
MOST_SECONDS = 0.05
CHUNK_SECONDS = 0.005
SMALLEST_CHUNK = 200
LARGEST_CHUNK = 10_000
# How long a search waits for others, each of which lasts little more than MOST_SECONDS.
TURN_SECONDS = 5
BUSY = "Others are searching; try again."
# All images in one row, as one JSON text: sqlite3 takes Python's lock again for each row.
ROWS = """ifnull(group_concat('["' || image_id || '",' || doc || ']'), '')"""


class SqliteLists:
    """The lists in one database. clock: returns seconds; turn_seconds: how long a search waits."""

    def __init__(self, database, clock=time.monotonic, turn_seconds=TURN_SECONDS):
        self.database = database
        self.tags = SqliteTags(database)
        self.totals = SqliteTotals(database)
        self.clock = clock
        self.turn_seconds = turn_seconds
        # Searches may read many rows: one at a time, so that other requests have CPU time.
        self.turn = threading.Lock()
        self.pace = Pace()

    def enter(self, connection, image):
        """Put an image into the lists of its state, within a transaction."""
        self.add_rows(connection, image)
        self.totals.count(connection, image, 1)

    def leave(self, connection, image):
        """Take an image, as it was read in this transaction, out of its lists."""
        self.remove_rows(connection, image)
        self.totals.count(connection, image, -1)

    def change(self, connection, before, after):
        """Do both for one image. Its totals change only with its state."""
        self.remove_rows(connection, before)
        self.add_rows(connection, after)
        if before.state != after.state:
            self.totals.count(connection, before, -1)
            self.totals.count(connection, after, 1)

    def add_rows(self, connection, image):
        """Write the rows of an image that stands in lists."""
        rows = [(key, image.listed_at, image.image_id) for key in list_keys(image)]
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)
        if rows:
            connection.execute(facets.INSERT, facets.row_of(image))
        self.tags.count(connection, image, 1)

    def remove_rows(self, connection, image):
        """Delete the rows of an image that stood in lists."""
        rows = [(key, image.listed_at) for key in list_keys(image)]
        connection.executemany("DELETE FROM entries WHERE list_key = ? AND listed_at = ?", rows)
        if rows:
            connection.execute(facets.DELETE, (image.listed_at,))
        self.tags.count(connection, image, -1)

    def page(self, query, limit, position):
        """Return (images, position): a page of a list after a position, None at its end.

        A search may return a short page with a position. Raises ServiceBusy.
        """
        if query.is_impossible:
            return [], None
        if query.is_search:
            with deadlines.holding(self.turn, self.turn_seconds, BUSY), self.pace.piece():
                return self.search(query, limit, position)
        entries, parameters = entries_of(query, query_keys(query), position)
        sql = f"SELECT {ROWS} FROM ({entries} LIMIT ?) CROSS JOIN images USING (image_id)"
        ((rows,),) = self.database.read("list", sql, [*parameters, limit + 1])
        images = images_of(rows, query)
        return images[:limit], images[limit - 1].listed_at if len(images) > limit else None

    def search(self, query, limit, position):
        """Return as `page` does: look at entries one after another, until the time is over."""
        began = self.clock()
        keys = query_keys(query)
        if query.match_all and not query.trashed:
            keys = [self.sparsest(query, keys, limit, position)]
        images, size = [], limit + 1
        while True:
            before = self.clock()
            # One more than the page needs tells whether the list goes on.
            wanted = limit + 1 - len(images)
            found, last, count = self.read_chunk(query, keys, position, size=size, wanted=wanted)
            images += found
            if len(images) > limit:
                return images[:limit], images[limit - 1].listed_at
            if count < size:
                return images, None
            position = last
            now = self.clock()
            if len(images) == limit or now - began >= MOST_SECONDS - CHUNK_SECONDS:
                return images, position
            size = next_size(size, now - before)

    def read_chunk(self, query, keys, position, *, size, wanted):
        """Return (images, last, count) of the next `size` entries of any of the keys.

        images: at most `wanted` that match. last: the last entry's listed_at. count: how many
        entries there are, less than `size` at the end of the list.
        """
        entries, parameters = entries_of(query, keys, position)
        rule, values = facets.condition(query)
        order, furthest = ("ASC", "max") if query.oldest else ("DESC", "min")
        # CROSS JOIN reads the tables in this order. Only images that match are read whole.
        sql = f"""WITH chunk AS MATERIALIZED ({entries} LIMIT ?)
            SELECT (SELECT {ROWS} FROM (
                SELECT image_id FROM chunk CROSS JOIN facets USING (listed_at) WHERE {rule}
                ORDER BY listed_at {order} LIMIT ?) CROSS JOIN images USING (image_id)),
            {furthest}(listed_at), count(*) FROM chunk"""
        parameters = [*parameters, size, *values, wanted]
        ((rows, last, count),) = self.database.read("search", sql, parameters)
        return images_of(rows, query), last, count

    def sparsest(self, query, keys, limit, position):
        """Return the key whose first `limit` entries reach furthest: it has the fewest of them."""
        reaches = []
        for key in keys:
            sql, parameters = entries_of(query, [key], position)
            sql += " LIMIT 1 OFFSET ?"
            rows = self.database.read("search", sql, [*parameters, limit])
            # A list that has ended before reaches furthest.
            reaches.append(rows[0]["listed_at"] if rows else "~" if query.oldest else "")
        furthest = max(reaches) if query.oldest else min(reaches)
        return keys[reaches.index(furthest)]


def entries_of(query, keys, position):
    """Return (SQL, parameters) of the entries of any of the keys after a position, in order.

    SQLite merges the keys' entries and reads no more of them than a LIMIT needs. An image that has
    several of the keys comes once.
    """
    low, high = query.span(position)
    rule = "list_key = ?" + (" AND listed_at > ?" if low else "")
    rule += " AND listed_at < ?" if high else ""
    bounds = [bound for bound in (low, high) if bound]
    select = f"SELECT listed_at, image_id FROM entries WHERE {rule}"
    order = "ASC" if query.oldest else "DESC"
    sql = " UNION ".join([select] * len(keys)) + f" ORDER BY listed_at {order}"
    return sql, [value for key in keys for value in (key, *bounds)]


def images_of(rows, query):
    """Return the images of ROWS, in the order of a query."""
    state = query.state
    images = [
        from_kept(doc, {"image_id": image_id, "state": state})
        for image_id, doc in json.loads(f"[{rows}]")
    ]
    # group_concat does not keep an order.
    images.sort(key=lambda image: image.listed_at, reverse=not query.oldest)
    return images


def next_size(size, seconds):
    """Return how many entries take about CHUNK_SECONDS, if `size` of them took some seconds."""
    fitting = int(size * CHUNK_SECONDS / seconds) if seconds > 0 else LARGEST_CHUNK
    return max(SMALLEST_CHUNK, min(fitting, 4 * size, LARGEST_CHUNK))


def list_keys(image):
    """Return the keys of every list that an image is in."""
    if image.state not in STORED:
        return []
    if image.state == TRASHED:
        return ["x", f"x#{image.user_id}"]
    by_tag = [key for tag in image.tags for key in (f"t#{tag}", f"ut#{image.user_id}#{tag}")]
    return ["a", f"u#{image.user_id}", *by_tag]


def query_keys(query):
    """Return the list keys of the images among which are those that a query shows."""
    if query.trashed:
        return [f"x#{query.user_id}" if query.user_id else "x"]
    if not query.tags:
        return [f"u#{query.user_id}" if query.user_id else "a"]
    start = f"ut#{query.user_id}#" if query.user_id else "t#"
    return [start + tag for tag in sorted(query.tags)]
