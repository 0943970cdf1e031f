"""The embedded store's first use, by several processes at once or after one that was killed."""

import multiprocessing

import pytest

from service.repositories.embedded.file_urls import FileUrls
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.repositories.sample_images import sample

PROCESSES = 4


def read_secret(folder):
    return FileUrls(folder / "objects").read_secret()


def begin_an_image(folder):
    return SqliteImages(SqliteDatabase(folder / "images.db")).begin(sample())


def wait_and_use(first_use, folder, barrier, answers):
    """Use a folder at the same moment as others; put the answer, or the error, into a queue."""
    barrier.wait()
    try:
        answers.put(first_use(folder))
    except Exception as error:
        answers.put(repr(error))


@pytest.fixture
def used_at_once(tmp_path):
    """Let several processes use a new folder at once; return their answers."""
    context = multiprocessing.get_context("spawn")
    barrier, answers = context.Barrier(PROCESSES), context.Queue()

    def use(first_use):
        arguments = (first_use, tmp_path / "data", barrier, answers)
        processes = [context.Process(target=wait_and_use, args=arguments) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        found = [answers.get(timeout=50) for _ in processes]
        for process in processes:
            process.join()
        return found

    return use


def test_all_make_one_secret(used_at_once, tmp_path):
    secrets = used_at_once(read_secret)

    assert secrets == [read_secret(tmp_path / "data")] * PROCESSES
    assert [path.name for path in (tmp_path / "data/objects").iterdir()] == ["url-secret"]


def test_all_make_one_database(used_at_once):
    assert used_at_once(begin_an_image) == [True] * PROCESSES


def test_a_secret_that_a_killed_process_began_does_no_harm(tmp_path):
    folder = tmp_path / "data" / "objects"
    folder.mkdir(parents=True)
    (folder / "url-secret.0123456789abcdef").write_bytes(b"half")

    secret = read_secret(tmp_path / "data")

    assert len(secret) == 32
    assert read_secret(tmp_path / "data") == secret
