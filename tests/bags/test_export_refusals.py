"""Where an export does not write, and what it says then."""

import fcntl
import os
import shutil

import pytest

from service.operators.bags import layout
from tests.bags.contents import lines_of, originals_of, require_valid


@pytest.fixture
def app(embedded_app):
    return embedded_app


def state_of(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def edit(bag, old, new):
    path = bag / layout.BAG_INFO
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize("update", [[], ["--update"]], ids=["first", "update"])
@pytest.mark.parametrize("name", ["holiday.jpg", "bag-info.txt", "manifest-sha256.txt", "data/x"])
def test_a_folder_of_somebody_else_is_left_alone(image_id, export, bag, name, update):
    (bag / name).parent.mkdir(parents=True)
    (bag / name).write_text("Source-Organization: Somebody else\n")
    before = state_of(bag)

    assert "holds something else than an export" in export(*update, code=1)
    assert state_of(bag) == before


def test_a_complete_bag_is_only_changed_by_an_update(image_id, export, upload, bag):
    export()
    upload()
    before = state_of(bag)

    assert "bring it up to date with --update" in export(code=1)
    assert state_of(bag) == before


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        (["--user", "ana"], [], "the images of ana: export those of all users to another folder"),
        ([], ["--user", "ana"], "the images of all users: export those of ana to another folder"),
        (["--user", "ana"], ["--user", "bob"], "the images of ana: export those of bob"),
    ],
)
def test_a_bag_stays_that_of_its_user(image_id, export, bag, first, second, text):
    export(*first)
    before = state_of(bag)

    assert text in export(*second, "--update", code=1)
    assert state_of(bag) == before


def test_a_bag_of_a_newer_version_is_left_alone(image_id, export, bag):
    export()
    edit(bag, "Image-Service-Format: 1", "Image-Service-Format: 2")
    before = state_of(bag)

    assert "was written by a newer version of the service (format 2)" in export("--update", code=1)
    assert state_of(bag) == before


def test_an_empty_store_does_not_wipe_a_bag(client, image_id, export, bag):
    export()
    client.delete(f"/images/{image_id}")

    assert "would remove them all: look at the settings" in export("--update", code=1)
    require_valid(bag)
    assert len(originals_of(bag)) == len(lines_of(bag)) == 1


def test_another_store_does_not_wipe_a_bag(client, upload, image_id, export, bag):
    export()
    edit(bag, "Image-Service-Store: ", "Image-Service-Store: f")
    upload()
    client.delete(f"/images/{image_id}")

    assert "None of the images in" in export("--update", code=1)
    assert len(originals_of(bag)) == 1


def test_all_images_of_a_store_may_be_other_ones(client, upload, image_id, export, bag):
    export()
    client.delete(f"/images/{image_id}")
    upload()

    figures = export("--update")

    assert (figures["copied"], figures["removed"], figures["images"]) == (1, 1, 1)
    require_valid(bag)


def test_a_folder_without_a_store_is_not_made_one(new_app, tmp_path, bag):
    app = new_app(DATA_DIR=str(tmp_path / "wrong"))

    result = app.test_cli_runner().invoke(args=["export", str(bag)])

    assert (result.exit_code, "There are no images in" in result.stderr) == (1, True)
    assert not (tmp_path / "wrong").exists()
    assert not bag.exists()


@pytest.mark.parametrize("name", ["objects", "objects/images/bag", "bag/../objects"])
def test_the_stores_own_folder_is_not_written_to(image_id, export, tmp_path, name):
    objects = tmp_path / "data" / "objects"
    before = state_of(objects)

    assert "belongs to the store" in export(folder=tmp_path / "data" / name, code=1)
    assert state_of(objects) == before
    assert not (tmp_path / "data" / "bag").exists()


def test_two_exports_do_not_share_a_folder(image_id, export, bag):
    bag.mkdir()
    descriptor = os.open(bag, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    assert "Another export works on" in export(code=1)
    os.close(descriptor)
    assert export()["images"] == 1


def test_a_file_is_no_folder(image_id, export, bag):
    bag.write_text("not a folder")

    assert "is a file" in export(code=2)


@pytest.mark.parametrize("text", ["", "{}\n", "not JSON\n", None])
def test_a_bag_with_damaged_records_is_left_alone(image_id, export, bag, text):
    export()
    (bag / layout.RECORDS).unlink()
    if text:
        (bag / layout.RECORDS).write_text(text)
    before = state_of(bag)

    assert "images.jsonl is damaged" in export("--update", code=1)
    assert state_of(bag) == before


def test_a_file_of_somebody_else_in_a_bag_stays(image_id, export, bag):
    export()
    stranger = bag / layout.USERS / "ana" / ".DS_Store"
    stranger.write_text("x")

    said = export("--update", code=1)

    assert f"{stranger} is not of this export" in said
    assert stranger.exists()
    stranger.unlink()
    require_valid(bag)


def test_a_killed_first_export_without_a_record_goes_on(image_id, export, bag):
    export()
    for name in (layout.MANIFEST, layout.TAG_MANIFEST, layout.RECORDS):
        (bag / name).unlink()

    assert export()["kept"] == 1
    require_valid(bag)


def test_what_was_left_of_work_goes(image_id, export, bag):
    (bag / ".unfinished").mkdir(parents=True)
    (bag / ".unfinished" / "1.part").write_bytes(b"x")

    assert export()["copied"] == 1
    require_valid(bag)


def test_a_bag_may_move(image_id, export, bag, tmp_path):
    export()
    shutil.move(bag, tmp_path / "moved")

    assert export("--update", folder=tmp_path / "moved")["kept"] == 1
    require_valid(tmp_path / "moved")
