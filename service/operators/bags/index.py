"""The index of an export: its images in the order of their paths, in a file, not in memory."""

import sqlite3
from collections import namedtuple

from service.models.image import TRASHED
from service.operators.bags import layout

# Not flushed and never rolled back: the next export makes a new one.
OPENING = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA cache_size = -16000;
    CREATE TABLE records (
        path TEXT UNIQUE, image_id TEXT UNIQUE, object_key TEXT, size INTEGER, sha256 TEXT,
        trashed INTEGER, line TEXT
    );
    CREATE TABLE before (image_id TEXT PRIMARY KEY, path TEXT, sha256 TEXT) WITHOUT ROWID;
    CREATE TABLE absent (path TEXT PRIMARY KEY) WITHOUT ROWID;
    BEGIN;
"""
PRESENT = "FROM records WHERE path NOT IN (SELECT path FROM absent)"

# An image to be exported, and its path and sha256 in the bag as it was, None if it was not there.
Entry = namedtuple("Entry", "path image_id object_key size sha256 old_path old_sha256")


class Index:
    """The images of the store that are to be exported, and those in the bag before. One thread."""

    def __init__(self, path):
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.executescript(OPENING)

    def add(self, image):
        """Add an image of the store; one that was added before is replaced."""
        path = layout.image_path(image)
        row = (path, image.image_id, image.object_key, image.size, image.sha256)
        row += (image.state == TRASHED, layout.line_of(image, path))
        self.connection.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def add_before(self, path, image):
        """Add an image that is in the bag already."""
        row = (image.image_id, path, image.sha256)
        self.connection.execute("INSERT OR REPLACE INTO before VALUES (?, ?, ?)", row)

    def has_none_of_before(self):
        """Tell whether there are images in the bag, but none of them in the store."""
        common = "SELECT 1 FROM before JOIN records USING (image_id) LIMIT 1"
        return bool(self.one("SELECT 1 FROM before LIMIT 1") and not self.one(common))

    def entries(self):
        """Yield an Entry of each image, in the order of their paths."""
        sql = """SELECT records.path, image_id, object_key, size, records.sha256, before.path,
            before.sha256 FROM records LEFT JOIN before USING (image_id) ORDER BY records.path"""
        return map(Entry._make, self.connection.execute(sql))

    def leave_out(self, path):
        """Leave out an image whose bytes are not in the bag."""
        self.connection.execute("INSERT OR REPLACE INTO absent VALUES (?)", (path,))

    def lines(self):
        """Yield the line of each image in the bag, in the order of their paths."""
        return (line for (line,) in self.connection.execute(f"SELECT line {PRESENT} ORDER BY path"))

    def digests(self):
        """Yield (sha256, path) of each image in the bag, in the order of their paths."""
        return self.connection.execute(f"SELECT sha256, path {PRESENT} ORDER BY path")

    def totals(self):
        """Return (images, trashed, bytes) of the bag; `images` are those that are not trashed."""
        sql = f"SELECT count(*), total(trashed), total(size) {PRESENT}"
        count, trashed, size = map(int, self.one(sql))
        return count - trashed, trashed, size

    def count(self):
        """Return how many images are to be exported."""
        return self.one("SELECT count(*) FROM records")[0]

    def path_of(self, image_id):
        """Return the path of an image in the bag, or None if it is not there."""
        found = self.one(f"SELECT path {PRESENT} AND image_id = ?", image_id)
        return found and found[0]

    def one(self, sql, *parameters):
        """Return the first row of a query, or None."""
        return self.connection.execute(sql, parameters).fetchone()

    def close(self):
        """Close the file."""
        self.connection.close()
