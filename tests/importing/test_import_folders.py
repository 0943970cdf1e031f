"""The import of folders as they are found on disks: odd names, links, rubbish."""

import os

from tests.importing.conftest import filled
from tests.support import pictures


def test_a_hostile_folder_is_imported(bring, tmp_path, service):
    folder = filled(tmp_path / "photos", **{"good.png": "red", "Nice, Trip\n/b\\c.png": "blue"})
    os.symlink(folder, folder / "circle")
    os.symlink(folder / "nowhere", folder / "dangling.png")
    os.symlink(folder / "good.png", folder / "link.png")
    os.mkfifo(folder / "pipe.png")
    filled(folder / ".hidden", **{"x.png": "green"})
    (folder / "._good.png").write_bytes(b"resource fork")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "raw.raf").write_bytes(b"FUJIFILMCCD-RAW 0201")
    (folder / "notes.png").write_text("no image")

    run = bring(folder, service, "--album-tags")

    assert run.code == 1
    assert run.counts() == {
        "uploaded": 2, "duplicate": 1, "skipped": 8, "refused": 1, "failed": 1
    }  # fmt: skip
    images = {image["filename"]: image["tags"] for image in service.images()}
    assert images == {"good.png": [], "b_c.png": ["nice trip_"]}


def test_names_that_are_no_text_are_imported(bring, tmp_path, service):
    folder = filled(tmp_path / "photos")
    names = [b"caf\xe9.png", b"e" + "\u0301".encode() * 120, b"\x01\x7f.png", b"a" * 255]
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(folder), name)
        with open(path, "wb") as file:
            file.write(pictures.png(9, 9, (number, 0, 0)))

    run = bring(folder, service)

    assert (run.code, run.counts()) == (0, {"uploaded": 4})
    found = {image["filename"] for image in service.images()}
    assert {"café.png", "__.png", "a" * 255} < found
    assert rf"{folder}/caf\xe9.png" in {row["path"] for row in run.rows}


def test_more_tags_than_an_image_may_have_are_told(bring, tmp_path, service):
    folder = filled(tmp_path / "photos", **{f"{'/'.join('abcdefghijklmnopqrstuv')}/x.png": "red"})

    run = bring(folder, service, "--album-tags", "--tags", "mine")

    (image,) = service.images()
    assert (run.code, len(image["tags"])) == (0, 20)
    assert "mine" in image["tags"]
    assert run.rows[0]["detail"] == "An image has at most 20 tags; left out: t, u, v"


def test_a_long_folder_name_is_cut(bring, tmp_path, service):
    folder = filled(tmp_path / "photos", **{f"{'x' * 60}/ /a.png": "red"})

    run = bring(folder, service, "--album-tags")

    assert run.code == 0
    assert service.images()[0]["tags"] == ["x" * 50]


def test_a_folder_without_images_asks_nobody(bring, tmp_path, service):
    (tmp_path / "photos").mkdir()

    run = bring(tmp_path / "photos", service)

    assert (run.code, run.counts(), service.asked) == (0, {}, [])
