"""The embedded store after a power cut: what was acknowledged is there, whole."""

import contextlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.models.quota import Quota
from service.repositories.embedded.file_urls import FileUrls
from service.repositories.embedded.folder_objects import FolderObjects
from service.repositories.embedded.sqlite.database import SqliteDatabase
from service.repositories.embedded.sqlite.images import SqliteImages
from tests.faults.journeys import JOURNEYS, outcome_of
from tests.faults.power import Disk
from tests.faults.world import PICTURE, World
from tests.repositories.sample_images import CONTENT, next_attempt, sample
from tests.support import pictures

# What SQLite answers for `synchronous`: 2 is FULL, 3 is EXTRA. In WAL, 1 loses the last commits.
FLUSHED = {2, 3}
KINDS = ("change", "trash", "restore", "batch", "delete, trashed")
CHANGES = [name for name in JOURNEYS if name.startswith(KINDS)]


@pytest.fixture
def root(tmp_path):
    """The folder that DATA_DIR will be made in."""
    (tmp_path / "disk").mkdir()
    return tmp_path / "disk"


@pytest.fixture
def disk(root, monkeypatch):
    return Disk(root, monkeypatch)


@pytest.fixture
def new_world(new_app):
    """Start the service on a folder."""

    def start(folder):
        app = new_app(DATA_DIR=str(folder / "data"))
        service = app.extensions["image_service"]
        return World(app, service.images, service.objects)

    return start


@pytest.fixture
def after_a_power_cut(disk, new_world, tmp_path):
    """Start a world on what lasts of another one's files."""

    def restart(before):
        number = sum(1 for _ in tmp_path.iterdir())
        after = new_world(disk.restore(tmp_path / f"restored-{number}"))
        after.remember(before)
        return after

    return restart


def test_it_works(root, new_world, after_a_power_cut):
    before = new_world(root)

    for number in range(4):
        response = before.upload(f"key-{number}", ["a"])
        after = after_a_power_cut(before)

        assert response.status_code == 201
        # Signed before the cut, so the secret lasts as well.
        assert after.client.get(response.json["url"], buffered=True).data == PICTURE
        assert len(after.promises.kept) == number + 1
        after.check_users_see_the_truth()
        after.check_nothing_is_left_over()


def test_bytes_sent_directly_last(root, new_world, after_a_power_cut):
    before = new_world(root)
    begun = before.begin(tags=["a"]).json
    upload = begun["upload"]

    sent = before.client.put(upload["url"], data=PICTURE, headers=upload["headers"])
    after = after_a_power_cut(before)

    assert sent.status_code == 200
    assert after.view(begun["image_id"]).json["status"] == "ready"
    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


def test_a_completed_direct_upload_lasts(root, new_world, after_a_power_cut):
    before = new_world(root)
    image_id = before.arrive(tags=["a"])

    viewed = before.view(image_id)
    after = after_a_power_cut(before)

    assert viewed.json["status"] == "ready"
    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


@pytest.mark.parametrize("journey", ["view, late thumb", "view, late plain thumb"])
def test_a_thumb_that_a_record_names_lasts(root, new_world, after_a_power_cut, journey):
    prepare, act, *_ = JOURNEYS[journey]
    before = new_world(root)
    image_id = prepare(before)

    act(before, image_id)
    after = after_a_power_cut(before)

    image = after.images.get(image_id)
    assert image.rendition("thumb")
    assert after.objects.rendition_size(image, "thumb") == image.rendition("thumb")["size"]
    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


@pytest.mark.parametrize("journey", CHANGES)
def test_what_was_changed_lasts(root, disk, new_world, after_a_power_cut, journey):
    prepare, act, answer, _quota = JOURNEYS[journey]
    before = new_world(root)
    prepared = prepare(before)
    disk.keep_all()

    outcome = outcome_of(act(before, prepared))
    after = after_a_power_cut(before)

    assert outcome == answer
    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


def test_a_deleted_image_stays_deleted(root, new_world, after_a_power_cut):
    before = new_world(root)
    image_id = before.upload(tags=["a"]).json["image_id"]

    before.delete(image_id)
    after = after_a_power_cut(before)

    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


def test_what_is_forgotten_stays_deleted(root, new_world, after_a_power_cut):
    before = new_world(root)
    deleted = before.upload("key-1", ["a"]).json["image_id"]
    completed = before.arrive(tags=["a"])
    assert before.view(completed).json["status"] == "ready"

    before.delete(deleted)
    # What a user's request deletes is not flushed, and no sweep finds it any more.
    before.check_nothing_is_left_over()
    after = after_a_power_cut(before)

    after.check_nothing_is_left_over()


@pytest.mark.parametrize("journey", [name for name in JOURNEYS if name.startswith("sweep")])
def test_what_the_sweep_is_done_with_stays_deleted(
    root, disk, new_world, after_a_power_cut, journey
):
    before = new_world(root)
    JOURNEYS[journey].prepare(before)
    disk.keep_all()

    figures = before.sweep()
    after = after_a_power_cut(before)

    assert figures["failed"] == 0
    after.check_users_see_the_truth()
    after.check_nothing_is_left_over()


def test_no_name_is_given_before_the_bytes_last(root, disk, new_world):
    world = new_world(root)
    image = world.images.get(world.begin().json["image_id"])
    for data in (pictures.png(4, 4, "red"), PICTURE):
        world.objects.store(image.object_key, io.BytesIO(data))

    world.upload()
    world.view(image.image_id)

    # A disk may write a folder early: the name would be that of an empty file.
    assert len(disk.named) == 7
    assert [name for name, lasts in disk.named if not lasts] == []


@pytest.mark.parametrize("place", [".", "objects", "objects/images", "objects/images/aba"])
def test_what_is_put_into_a_folder_of_another_thread_lasts(root, disk, tmp_path, place):
    (root / "data").mkdir()
    disk.keep_all()
    objects = FolderObjects(root / "data/objects")
    first = sample(image_id="ab" * 16)
    second = next_attempt(first)

    def put_the_second():
        objects.put(second, io.BytesIO(CONTENT))
        disk.restore(tmp_path / "restored")

    # The folder has a new entry by then, which a power cut would lose.
    disk.meanwhile = (root / "data" / place, put_the_second)
    objects.put(first, io.BytesIO(CONTENT))

    assert FolderObjects(tmp_path / "restored/data/objects").has(second)


@pytest.mark.parametrize("place", [".", "objects"])
def test_a_secret_of_another_thread_lasts_once_it_signs(root, disk, tmp_path, place):
    (root / "data").mkdir()
    disk.keep_all()
    first, second = (FileUrls(root / "data/objects") for _ in range(2))

    def sign_with_the_second():
        second.presign("images/a/b", 60, {})
        disk.restore(tmp_path / "restored")

    disk.meanwhile = (root / "data" / place, sign_with_the_second)
    first.presign("images/a/b", 60, {})

    assert FileUrls(tmp_path / "restored/data/objects").read_secret() == second.read_secret()


class WatchedDatabase(SqliteDatabase):
    """A database that notes how SQLite commits, on each connection that commits."""

    def __init__(self, path):
        super().__init__(path)
        self.commits = []

    @contextlib.contextmanager
    def writing(self, operation):
        """Lend the connection, and ask it before it commits."""
        with super().writing(operation) as connection:
            yield connection
            (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
            (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
            self.commits.append((operation, synchronous in FLUSHED, journal))


def test_every_commit_is_flushed(new_app, root):
    app = new_app(DATA_DIR=str(root))
    objects = app.extensions["objects"]
    databases = [WatchedDatabase(root / "images.db") for _ in range(2)]

    for database in databases:
        world = World(app, SqliteImages(database, Quota(9)), objects)
        # Lend some, so that each upload at once finds another connection.
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda key, world=world: world.upload(key, ["a"]), "1234"))
        world.delete(world.upload().json["image_id"])
        world.sweep()
        database.close()

    commits = [commit for database in databases for commit in database.commits]
    assert {commit[0] for commit in commits} >= {"begin", "finish", "bury", "postpone"}
    assert {commit[1:] for commit in commits} == {(True, "wal")}
