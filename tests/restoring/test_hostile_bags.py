"""Bags that are damaged, unfinished, or edited by somebody who wishes the service harm."""

import json
import os

import pytest

from service.operators.bags import layout
from tests.restoring.restored_stores import (
    answers,
    edit,
    faults,
    held,
    originals,
    records_of,
    sign,
    write_lines,
)


@pytest.fixture
def images(source, upload, export):
    """Two images of the source, exported; in the order of the bag's records."""
    upload(source, user_id="a", tags="a")
    upload(source, user_id="b")
    export()


@pytest.fixture
def app(new_embedded, images):
    """An app on an empty store."""
    return new_embedded()


@pytest.fixture
def refused(app, restore):
    """Restore a bag that must be refused as a whole; return what is said."""

    def run():
        _, said = restore(app, code=1)
        assert held(app) == ({}, {})
        return said

    return run


@pytest.fixture
def second_only(app, restore, bag):
    """Restore a bag whose first image must not come back; return (the figure, what is said)."""

    def run():
        figures, said = restore(app, code=1)
        assert figures.pop("restored") == 1
        assert [one["user_id"] for one in answers(app).values()] == ["b"]
        assert faults(app) == 0
        return figures, said

    return run


def test_a_folder_is_no_bag(bag, refused):
    (bag / layout.BAGIT).unlink()

    assert f"Error: {bag} is not a bag: it has no bagit.txt." in refused()


def test_another_declaration_is_no_bag(bag, refused):
    (bag / layout.BAGIT).write_text("Hello!\n")

    assert "is not a bag: see its bagit.txt." in refused()


@pytest.mark.parametrize("name", [layout.MANIFEST, layout.TAG_MANIFEST])
def test_an_unfinished_export_is_named(bag, refused, name):
    (bag / name).unlink()

    assert "is not complete: its export was interrupted. Run export again, " in refused()


@pytest.mark.parametrize("name", [layout.MANIFEST, layout.TAG_MANIFEST])
def test_an_interrupted_update_can_be_restored(app, bag, restore, name):
    (bag / name).unlink()
    first = records_of(bag)[0]
    flip(bag / first["path"])

    figures, said = restore(app, "--unverified", code=1)

    assert figures == {"restored": 1, "damaged": 1}
    assert f"image {first['image_id']}: {first['path']}: its bytes are not" in said


def test_without_records_nothing_can_be_restored(app, bag, restore):
    (bag / layout.RECORDS).unlink()

    assert f"is damaged: {layout.RECORDS}: No such file" in restore(app, "--unverified", code=1)[1]


def test_the_bag_of_another_program_is_named(bag, refused):
    (bag / layout.BAG_INFO).write_text("Source-Organization: A library\n")

    assert "is a bag of another program, not an export of images." in refused()


@pytest.mark.parametrize("version", ["2", "9" * 5000])
def test_a_newer_format_is_left_alone(bag, refused, version):
    text = (bag / layout.BAG_INFO).read_text()
    (bag / layout.BAG_INFO).write_text(text.replace("Format: 1", f"Format: {version}"))
    sign(bag)

    assert "was written by a newer version of the service" in refused()


@pytest.mark.parametrize("name", [layout.RECORDS, layout.BAG_INFO, layout.BAGIT, layout.MANIFEST])
def test_a_file_that_was_changed_is_named(bag, refused, name):
    with open(bag / name, "a") as file:
        file.write("\n")

    assert f"is damaged: {name} is not as written." in refused()


@pytest.mark.parametrize("line", ["", "x", "sha  a", "0" * 64])
def test_an_odd_line_in_a_manifest_is_named(bag, refused, line):
    with open(bag / layout.TAG_MANIFEST, "a") as file:
        file.write(f"{line}\n")

    assert f"is damaged: {layout.TAG_MANIFEST}: no line of a manifest." in refused()


def test_a_link_in_place_of_the_records_is_refused(bag, refused, tmp_path):
    os.replace(bag / layout.RECORDS, tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", bag / layout.RECORDS)

    assert f"is damaged: {layout.RECORDS}: " in refused()


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def link(path):
    os.replace(path, path.with_name("other"))
    path.symlink_to("other")


def link_folder(path):
    os.replace(path.parent, path.parent.with_name("other"))
    path.parent.symlink_to("other")


def pipe(path):
    path.unlink()
    os.mkfifo(path)


def folder(path):
    path.unlink()
    path.mkdir()


DAMAGES = [
    (flip, "its bytes are not those that were exported"),
    (lambda path: path.write_bytes(b""), "it has 0 bytes, not "),
    (lambda path: path.unlink(), "No such file or directory"),
    (link, "Too many levels of symbolic links"),
    (link_folder, "Not a directory"),
    (pipe, "not a file"),
    (folder, "not a file"),
]


@pytest.mark.parametrize(("damage", "reason"), DAMAGES)
def test_a_damaged_file_is_left_out(bag, second_only, damage, reason):
    record = records_of(bag)[0]
    damage(bag / record["path"])

    figures, said = second_only()

    assert figures == {"damaged": 1}
    assert f"image {record['image_id']}: {record['path']}: {reason}" in said


def test_a_repaired_one_comes_back(app, bag, second_only, restore):
    path = bag / records_of(bag)[0]["path"]
    flip(path)
    second_only()
    flip(path)

    figures, _ = restore(app)

    assert figures == {"restored": 1, "present": 1}


@pytest.mark.parametrize("path", ["../../secret", "data/users/../../secret"])
def test_a_path_that_leads_elsewhere_is_refused(bag, second_only, path, tmp_path):
    first = records_of(bag)[0]
    (tmp_path / "secret").write_bytes((bag / first["path"]).read_bytes())
    edit(bag, lambda record: record.update(path=path))

    figures, said = second_only()

    assert figures == {"malformed": 1}
    assert "Not restored (malformed): line 1: The line is not one of an export: " in said


@pytest.mark.parametrize("change", [{"tags": "a"}, {"size": -5}, {"created_at": "yesterday"}])
def test_a_record_that_could_not_be_shown_is_left_out(bag, second_only, change):
    edit(bag, lambda record: record["doc"].update(change))

    assert second_only()[0] == {"malformed": 1}


@pytest.mark.parametrize(
    "line", [b"", b"[" * 100_000, b"x" * 500_000], ids=["none", "deep", "long"]
)
def test_a_line_that_is_no_record_is_left_out(bag, second_only, line):
    second = json.dumps(records_of(bag)[1]).encode()
    write_lines(bag, [line, second])

    assert second_only()[0] == {"malformed": 1}


def test_what_the_store_would_find_itself_is_not_taken_over(app, bag, restore, source):
    def name_another_object(record):
        record["doc"]["object_key"] = "images/elsewhere/x"
        record["doc"] |= {"image_id": "x", "state": "deleting", "nonce": "x", "due_at": 5}

    edit(bag, name_another_object)

    figures, _ = restore(app)

    assert figures == {"restored": 2}
    assert originals(app) == originals(source)
    assert answers(app) == answers(source)
    assert faults(app) == 0
