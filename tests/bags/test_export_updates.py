"""`python main.py export --update`: a bag is brought up to date."""

import shutil

from service.operators.bags import layout
from tests.bags.contents import lines_of, originals_of, require_valid
from tests.support import pictures


def path_in(bag, image_id):
    (path,) = bag.rglob(f"*{image_id}*")
    return path


def test_nothing_new_copies_nothing(upload, export, bag):
    upload()
    export()
    before = originals_of(bag)

    figures = export("--update")

    assert (figures["kept"], figures["copied"], figures["removed"]) == (1, 0, 0)
    assert originals_of(bag) == before
    require_valid(bag)


def test_the_first_export_may_be_an_update(upload, export, bag):
    upload()

    assert export("--update")["copied"] == 1
    require_valid(bag)


def test_what_is_new_is_copied(upload, export, bag):
    upload()
    export()
    image_id = upload(data=pictures.png(9, 9), user_id="bob").json["image_id"]

    figures = export("--update")

    assert (figures["kept"], figures["copied"]) == (1, 1)
    assert path_in(bag, image_id).read_bytes() == pictures.png(9, 9)
    require_valid(bag)


def test_a_renamed_image_is_not_copied_again(client, image_id, export, bag):
    export()
    inode = path_in(bag, image_id).stat().st_ino
    client.patch(f"/images/{image_id}", json={"filename": "lion.png"})

    figures = export("--update")

    assert (figures["kept"], figures["copied"], figures["removed"]) == (1, 0, 0)
    path = path_in(bag, image_id)
    assert (path.name, path.stat().st_ino) == (f"lion-{image_id}.png", inode)
    require_valid(bag)


def test_a_name_that_differs_only_in_case_is_changed(client, image_id, export, bag):
    export()
    client.patch(f"/images/{image_id}", json={"filename": "CAT.png"})

    export("--update")

    assert path_in(bag, image_id).name == f"CAT-{image_id}.png"
    require_valid(bag)


def test_a_change_of_the_record_alone_moves_no_file(client, image_id, export, bag):
    export()
    client.patch(f"/images/{image_id}", json={"description": "Roar", "add_tags": ["big"]})

    assert export("--update")["kept"] == 1
    (line,) = lines_of(bag)
    assert (line["doc"]["description"], line["doc"]["version"]) == ("Roar", 2)
    require_valid(bag)


def test_a_trashed_image_stays_in_the_bag(client, image_id, export, bag):
    export()
    client.delete(f"/images/{image_id}?trash=true")

    figures = export("--update")

    assert (figures["images"], figures["trashed"], figures["kept"]) == (0, 1, 1)
    assert [line["state"] for line in lines_of(bag)] == ["trashed"]
    require_valid(bag)


def test_a_deleted_image_leaves_the_bag(client, upload, image_id, export, bag):
    upload(user_id="bob")
    export()
    client.delete(f"/images/{image_id}")

    figures = export("--update")

    assert (figures["kept"], figures["removed"]) == (1, 1)
    assert not list(bag.rglob(f"*{image_id}*"))
    # The folder of a user without images is gone too.
    assert [path.name for path in (bag / layout.USERS).iterdir()] == ["bob"]
    require_valid(bag)


def test_a_damaged_original_is_copied_again(image_id, export, bag, picture):
    export()
    path_in(bag, image_id).write_bytes(picture[:-1])

    assert export("--update")["copied"] == 1
    assert path_in(bag, image_id).read_bytes() == picture
    require_valid(bag)


def test_a_renamed_and_damaged_original_is_copied_again(client, image_id, export, bag, picture):
    export()
    path_in(bag, image_id).write_bytes(picture[:-1])
    client.patch(f"/images/{image_id}", json={"filename": "lion.png"})

    assert export("--update")["copied"] == 1
    assert path_in(bag, image_id).read_bytes() == picture
    require_valid(bag)


def test_a_lost_original_is_copied_again(image_id, export, bag):
    export()
    shutil.rmtree(bag / layout.USERS)

    assert export("--update")["copied"] == 1
    require_valid(bag)


def test_other_bytes_under_one_id_are_copied(image_id, export, bag):
    """An Idempotency-Key may be used again a day after its image was deleted."""
    export()
    (line,) = lines_of(bag)
    records = bag / layout.RECORDS
    records.write_text(records.read_text().replace(line["doc"]["sha256"], "0" * 64))

    assert export("--update")["copied"] == 1
    require_valid(bag)


def test_a_bag_of_one_user_is_updated(upload, export, bag):
    upload()
    export("--user", "ana")
    upload()
    upload(user_id="bob")

    assert export("--user", "ana", "--update")["images"] == 2
    require_valid(bag)
