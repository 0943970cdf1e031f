"""The schema of the SQLite file: made new, or updated from an earlier version."""

import contextlib
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from service.common import config
from service.common.errors import StorageUnavailable
from service.models.image import RECORD_FIELDS
from service.models.quota import NO_QUOTA
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.schema import MIGRATIONS
from service.repositories.embedded.store import EmbeddedStore

VERSION_1 = Path(__file__).parents[1] / "upgrades/version_1/embedded/images.db"


@pytest.fixture
def database(tmp_path):
    with contextlib.closing(SqliteDatabase(tmp_path / "images.db")) as database:
        yield database


def columns(database):
    """Return the names of the columns of a record."""
    return {row["name"] for row in database.read("test", "PRAGMA table_info(images)", ())}


def test_a_record_has_no_column_that_nothing_uses(database):
    assert columns(database) == {*RECORD_FIELDS, "doc"}


def test_an_earlier_file_gets_the_same_columns_and_keeps_its_rows(database):
    shutil.copy(VERSION_1, database.path)

    assert columns(database) == {*RECORD_FIELDS, "doc"}
    assert len(database.read("test", "SELECT * FROM images", ())) > 10
    assert database.read("test", "PRAGMA quick_check(1)", ())[0][0] == "ok"


def test_a_server_updates_an_earlier_file_before_it_listens(tmp_path):
    shutil.copy(VERSION_1, tmp_path / "images.db")
    settings = config.load({"DATA_DIR": str(tmp_path)})
    lines = []

    for _ in range(2):
        with EmbeddedStore(settings, NO_QUOTA).prepare(lines.append):
            pass

    assert lines == [f"Updating {tmp_path / 'images.db'} for this version of the service."]
    with contextlib.closing(sqlite3.connect(tmp_path / "images.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_file_of_a_newer_version_is_not_opened(database):
    database.read("test", "SELECT 1", ())
    database.close()
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")

    with pytest.raises(StorageUnavailable) as read:
        database.read("test", "SELECT 1", ())
    with pytest.raises(StorageUnavailable) as written, database.writing("test"):
        pass

    for caught in (read, written):
        assert caught.value.facts["reason"].startswith("written by a newer version")
    assert database.is_newer()


def test_only_a_newer_file_is_newer(database):
    assert not database.is_newer()
    assert not database.path.exists()
    database.read("test", "SELECT 1", ())
    assert not database.is_newer()
    database.path.write_bytes(b"no database at all" * 100)
    assert not database.is_newer()


def test_a_first_start_beside_another_process_waits_for_it(database):
    other = sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)
    # The lock that another process has while it turns WAL on.
    other.execute("BEGIN IMMEDIATE")
    end = threading.Timer(0.3, other.execute, ["COMMIT"])
    end.start()

    rows = database.read("test", "PRAGMA journal_mode", ())

    end.join()
    other.close()
    assert rows[0][0] == "wal"


def test_another_process_that_never_ends_is_not_waited_for(tmp_path):
    database = SqliteDatabase(tmp_path / "images.db", busy_seconds=0.05)
    with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StorageUnavailable):
            database.read("test", "SELECT 1", ())
