"""The classes of the stores: one contract, and neither imports the libraries of the other."""

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from service.app import new_store
from service.common import config
from service.common.errors import StorageUnavailable
from service.operators.doctor import CHECKS

AWS = {"BUCKET_NAME": "pictures", "TABLE_NAME": "records", "AUTH": "none"}


@pytest.fixture
def embedded(tmp_path):
    return new_store(config.load({"DATA_DIR": str(tmp_path / "data")}))


@pytest.fixture
def aws():
    return new_store(config.load(AWS))


def say(line):
    raise AssertionError(f"unexpected line: {line}")


def test_both_have_the_same_members(embedded, aws):
    names = ["file_urls", "images", "kind", "objects", "origin", "place", "prepare", "provision"]

    for store in (embedded, aws):
        members = {name for name in dir(store) if not name.startswith("_")}
        assert members >= {*names, "swept_by_server", "is_there", "identity", "own_folder"}


def test_each_kind_has_its_checks(embedded, aws):
    assert {embedded.kind, aws.kind} == set(CHECKS)


def test_each_says_where_the_images_are(embedded, aws, tmp_path):
    assert embedded.place() == str(tmp_path / "data")
    assert aws.place() == "bucket pictures and table records"


def test_no_two_stores_have_one_identity(embedded, aws, tmp_path):
    other = new_store(config.load({"DATA_DIR": str(tmp_path / "other")}))

    identities = [store.identity() for store in (embedded, aws, other)]

    assert len(set(identities)) == 3
    assert identities == [store.identity() for store in (embedded, aws, other)]


def test_each_says_whether_it_is_there(embedded, aws, tmp_path):
    assert (embedded.is_there(), aws.is_there()) == (False, True)
    assert list(tmp_path.iterdir()) == []

    embedded.images.get("0" * 32)

    assert embedded.is_there()
    assert (embedded.own_folder, aws.own_folder) == (tmp_path / "data/objects", None)
    embedded.database.close()


def test_making_one_opens_nothing(embedded, tmp_path):
    assert list(tmp_path.iterdir()) == []


def test_the_embedded_store_is_prepared_for_one_server(embedded, tmp_path):
    with embedded.prepare(say), pytest.raises(StorageUnavailable) as caught:
        embedded.prepare(say)

    assert caught.value.detail == (
        f"Another server is already running on DATA_DIR={tmp_path / 'data'}: stop it first."
    )
    embedded.prepare(say).close()


def test_data_of_a_newer_version_is_refused_at_the_start(embedded, tmp_path):
    (tmp_path / "data").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/images.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")

    for _ in range(2):
        with pytest.raises(StorageUnavailable) as caught:
            embedded.prepare(say)

        assert caught.value.detail == (
            f"DATA_DIR={tmp_path / 'data'} was written by a newer version of the service: run "
            "that version, or choose another DATA_DIR."
        )


def test_a_start_on_aws_makes_nothing(aws):
    assert aws.prepare(say) is None


@pytest.mark.parametrize(
    ("settings", "strange"), [({}, {"boto3", "botocore"}), (AWS, {"sqlite3"})], ids=["none", "aws"]
)
def test_the_other_stores_libraries_are_not_imported(settings, strange):
    code = f"import main, sys; sys.exit(str({strange} & set(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env=settings,
        capture_output=True,
        text=True,
    )

    assert done.stderr == "set()\n"
