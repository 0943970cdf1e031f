"""`python main.py export`: the first export of a store."""

import json
from datetime import UTC, datetime

import pytest

from service.common.version import VERSION
from service.operators.bags import layout
from tests.bags.contents import lines_of, originals_of, require_valid
from tests.support import pictures

NAUGHTY_USERS = (".", "..", "Ana", "aNA", "CON", "nul.txt", "auth0|7", "a:b", "x" * 128)
NAUGHTY_NAMES = (
    "CON", "nul.png", "🐈" * 250, "é" * 251 + ".png", "%41.png", "%0A", ".hidden", "...",
    "trailing. .", '"<>|?*:', "-rf", "~", "#", "e\u0301.png", "猫.png", "gpj\u202e.png",
    "a\u00a0b\u3000c", "\ufeffbom", "x\u200by.png",
)  # fmt: skip


def test_it_works(client, upload, picture, export, bag):
    first = upload(description="On the beach\n☀", tags="sea,sun").json
    second = upload(user_id="bob", name="photo.png").json
    client.delete(f"/images/{second['image_id']}?trash=true")

    figures = export()

    assert figures == {
        "images": 1, "trashed": 1, "copied": 2, "kept": 0, "removed": 0, "skipped": 0,
        "failed": 0, "bytes": 2 * len(picture),
    }  # fmt: skip
    require_valid(bag)
    assert originals_of(bag) == [line["path"] for line in lines_of(bag)]
    one, other = lines_of(bag)
    month = first["created_at"][:7]
    assert one["path"] == f"data/users/ana/{month}/cat-{first['image_id']}.png"
    assert (bag / one["path"]).read_bytes() == picture
    assert (one["state"], other["state"]) == ("ready", "trashed")
    assert one["doc"]["description"] == "On the beach\n☀"
    assert one["doc"]["tags"] == ["sea", "sun"]
    assert one["doc"]["sha256"] == first["sha256"]
    assert other["doc"]["purged_at"]


def test_a_bag_says_what_it_is(app, upload, export, bag):
    upload()
    export()

    info = layout.info_of((bag / layout.BAG_INFO).read_text())

    size = sum(path.stat().st_size for path in (bag / "data").rglob("*") if path.is_file())
    assert info == {
        "Bagging-Date": datetime.now(UTC).date().isoformat(),
        "Payload-Oxum": f"{size}.2",
        "Bag-Software-Agent": f"Image Service {VERSION}",
        "Image-Service-Format": "1",
        "Image-Service-Store": app.extensions["store"].identity(),
    }
    text = (bag / layout.BAGIT).read_text()
    assert text == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def test_a_record_is_read_back_whole(app, upload, export, bag):
    image_id = upload(headers={"Idempotency-Key": "k"}, tags="a,b").json["image_id"]
    export()

    _, image = layout.image_of((bag / layout.RECORDS).read_text())

    stored = app.extensions["store"].images.get(image_id)
    assert image.doc() == layout.image_of(layout.line_of(stored, lines_of(bag)[0]["path"]))[1].doc()
    assert image.keyed is True
    assert image.request_digest == stored.request_digest
    assert "object_key" not in lines_of(bag)[0]["doc"]


def test_names_of_any_kind_make_a_valid_bag(upload_json, export, bag):
    for user_id in NAUGHTY_USERS:
        assert upload_json(user_id=user_id).status_code == 201
    for filename in NAUGHTY_NAMES:
        assert upload_json(filename=filename).status_code == 201

    figures = export()

    assert figures["images"] == len(NAUGHTY_USERS) + len(NAUGHTY_NAMES)
    require_valid(bag)
    paths = originals_of(bag)
    assert sorted(line["path"] for line in lines_of(bag)) == paths
    assert not [path for path in paths if "%" in path or ".." in path.split("/")]
    assert len({path.split("/")[2].lower() for path in paths}) == len(NAUGHTY_USERS) + 1


def test_an_empty_store_makes_an_empty_bag(client, export, bag):
    client.get("/images?user_id=ana")

    assert export() == dict.fromkeys(
        ["images", "trashed", "copied", "kept", "removed", "skipped", "failed", "bytes"], 0
    )
    require_valid(bag)
    assert lines_of(bag) == []


def test_only_whole_images_are_exported(client, upload, begin, image_id, export, bag):
    begin()
    client.delete(f"/images/{upload().json['image_id']}")

    assert export()["images"] == 1
    assert [line["image_id"] for line in lines_of(bag)] == [image_id]


def test_one_user_alone_is_exported(client, upload, export, bag):
    upload()
    client.delete(f"/images/{upload().json['image_id']}?trash=true")
    upload(user_id="bob")

    figures = export("--user", "ana")

    assert (figures["images"], figures["trashed"]) == (1, 1)
    require_valid(bag)
    assert {line["doc"]["user_id"] for line in lines_of(bag)} == {"ana"}
    assert layout.info_of((bag / layout.BAG_INFO).read_text())[layout.USER_LABEL] == "ana"


def test_lines_and_manifest_are_sorted_by_path(upload, export, bag):
    for user_id in ("b", "a", "B", "a-b"):
        upload(user_id=user_id)
    export()

    paths = [line["path"] for line in lines_of(bag)]
    entries = (bag / layout.MANIFEST).read_text().splitlines()
    assert paths == sorted(paths)
    assert [layout.manifest_entry(entry)[1] for entry in entries] == [layout.RECORDS, *paths]


def test_a_line_may_hold_every_separator(upload_json, export, bag):
    text = "a\u2028b\u2029c\nd\te\u00a0f"
    upload_json(description=text)

    export()

    require_valid(bag)
    (line,) = (bag / layout.RECORDS).read_text().rstrip("\n").split("\n")
    assert json.loads(line)["doc"]["description"] == text


def test_a_large_image_is_copied(upload_json, export, bag):
    large = pictures.bmp(1000, 900)
    upload_json(data=large)

    assert export()["bytes"] == len(large)
    require_valid(bag)


@pytest.mark.parametrize("user_id", ["", "ana\n", "a/b", "x" * 129])
def test_a_user_id_that_cannot_be_is_wrong_usage(export, bag, user_id):
    assert "--user must be 1 to 128" in export("--user", user_id, code=2)
    assert not bag.exists()
