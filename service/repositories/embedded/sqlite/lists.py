"""Lists in SQLite: the table `entries` has a row for each list that an image is in."""

import json

from service.models.image import READY, STORED, TRASHED, from_kept
from service.repositories import list_pages


class SqliteLists:
    """Reads lists from the entries of one database."""

    def __init__(self, database):
        self.database = database

    def enter(self, connection, image):
        """Put an image into the lists of its state, within a transaction."""
        rows = [(key, image.listed_at, image.image_id) for key in list_keys(image)]
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)

    def leave(self, connection, image):
        """Take an image, as it was read in this transaction, out of its lists."""
        rows = [(key, image.listed_at) for key in list_keys(image)]
        connection.executemany("DELETE FROM entries WHERE list_key = ? AND listed_at = ?", rows)

    def page(self, query, limit, position):
        """Return (images, position): a page of ready images below a position, newest first."""
        keys = query_keys(query)
        if query.match_all and len(keys) > 1:
            return list_pages.read_all(
                self.read_stream, run, [keys], tags=query.tags, position=position, limit=limit
            )
        return list_pages.read_any(self.read_stream, run, keys, position=position, limit=limit)

    def read_stream(self, key, position, limit):
        """Return (images, position, ended) of one list key: see list_pages.Stream."""
        below = "AND listed_at < :position" if position else ""
        # All images in one row, as one JSON text: sqlite3 releases Python's lock for each row.
        row = """'["' || image_id || '",' || doc || ']'"""
        sql = f"""SELECT ifnull(group_concat({row}), '') FROM (
            SELECT image_id, doc FROM entries JOIN images USING (image_id)
            WHERE list_key = :key {below} ORDER BY listed_at DESC LIMIT :limit)"""
        parameters = {"key": key, "position": position, "limit": limit}
        ((rows,),) = self.database.read("list", sql, parameters)
        rows = json.loads(f"[{rows}]")
        images = [from_kept(doc, {"image_id": image_id, "state": READY}) for image_id, doc in rows]
        # group_concat does not keep an order.
        images.sort(key=lambda image: image.listed_at, reverse=True)
        return images, images[-1].listed_at if images else position, len(images) < limit


def run(read, streams):
    """Read streams one after another: threads would not make a local file faster."""
    for stream in streams:
        read(stream)


def list_keys(image):
    """Return the keys of every list that an image is in."""
    if image.state not in STORED:
        return []
    if image.state == TRASHED:
        return ["x", f"x#{image.user_id}"]
    by_tag = [key for tag in image.tags for key in (f"t#{tag}", f"ut#{image.user_id}#{tag}")]
    return ["a", f"u#{image.user_id}", *by_tag]


def query_keys(query):
    """Return the list keys whose streams answer a query."""
    if not query.tags:
        return [f"u#{query.user_id}" if query.user_id else "a"]
    start = f"ut#{query.user_id}#" if query.user_id else "t#"
    return [start + tag for tag in sorted(query.tags)]
