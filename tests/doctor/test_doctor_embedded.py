"""What the doctor reports about the embedded store: one test for each fault."""

import contextlib
import json
import sqlite3
from types import SimpleNamespace

import pytest

from service.operators.doctor import findings
from service.operators.doctor.embedded_checks import EmbeddedChecks, serving
from tests.doctor.conftest import concerns, last


@pytest.fixture
def objects(embedded_app):
    return embedded_app.extensions["objects"]


@pytest.fixture
def file_urls(embedded_app):
    return embedded_app.extensions["store"].file_urls


def test_it_works(embedded_app, objects):
    result = embedded_app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        f"ok       {check}"
        for check in ("data folder", "disk space", "database", "URL secret", "server", "upload",
                      "presigned URL", "thumbnail", "signature", "trash", "delete")
    ]  # fmt: skip
    assert list(objects.list("images/")) == []


def test_a_running_server_is_asked(embedded_app):
    with serving(embedded_app) as address:
        embedded_app.extensions["settings"].port = int(address.rpartition(":")[2])

        result = embedded_app.test_cli_runner().invoke(args=["doctor", "--json"])

    port = address.rpartition(":")[2]
    assert (
        f'"server", "status": "ok", "detail": "answers at http://localhost:{port}"' in result.stdout
    )


def test_a_fault_is_exit_code_one(embedded_app, tmp_path):
    (tmp_path / "data").write_bytes(b"a file")

    result = embedded_app.test_cli_runner().invoke(args=["doctor", "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout)["healthy"] is False


def test_a_data_folder_that_cannot_be_created(embedded_app, tmp_path):
    (tmp_path / "data").write_bytes(b"a file")

    assert last(embedded_app).startswith(f"fault data folder: DATA_DIR={tmp_path / 'data'} cannot")


def test_a_full_disk(embedded_app, stack):
    checks = EmbeddedChecks(embedded_app, disk_usage=lambda _: SimpleNamespace(free=9 * 2**20))

    *_, finding = findings.run_checks(checks.checks(stack))

    assert (finding["check"], finding["status"]) == ("disk space", "fault")
    assert finding["detail"].startswith("9 MiB free: free some space")


def test_a_damaged_database(embedded_app, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "images.db").write_bytes(b"no database at all" * 100)

    assert "images.db is damaged" in last(embedded_app)


def test_a_database_of_a_newer_version(embedded_app, tmp_path):
    (tmp_path / "data").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data/images.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")

    assert "images.db was written by a newer version" in last(embedded_app)


def test_a_short_secret(embedded_app, file_urls):
    file_urls.read_secret()
    file_urls.secret_path.write_bytes(b"short")

    assert "fault URL secret:" in last(embedded_app)


def test_a_secret_that_others_can_read(embedded_app, file_urls):
    file_urls.read_secret()
    file_urls.secret_path.chmod(0o644)

    (line,) = concerns(embedded_app)

    assert line.startswith("URL secret: Other users can read")


def test_another_program_on_the_port(new_app, site):
    address = site(lambda *_: (200, b"<html>It works!</html>", {}))

    line = last(new_app(PORT=address.rpartition(":")[2]))

    assert line.startswith("fault server: Another program answers at")


def test_a_server_on_another_folder(new_app, tmp_path):
    with serving(new_app(DATA_DIR=str(tmp_path / "other"))) as address:
        line = last(new_app(PORT=address.rpartition(":")[2]))

    assert "it uses another DATA_DIR" in line
