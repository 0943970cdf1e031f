"""The SQLite file's schema: made anew, or brought up to date from an earlier version."""

import contextlib
import shutil
from pathlib import Path

import pytest

from service.models.image import RECORD_FIELDS
from service.repositories.embedded.sqlite_database import SqliteDatabase

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
