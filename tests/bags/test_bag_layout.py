"""The names in a bag and the lines of its files."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.models.image import READY, TRASHED, Image, changed
from service.operators.bags import layout

IMAGE_ID = "0123456789abcdef0123456789abcdef"
USER_IDS = st.from_regex(r"[A-Za-z0-9._@:|+-]{1,128}", fullmatch=True)


def image(filename="cat.jpg", user_id="ana", **more):
    fields = {"image_id": IMAGE_ID, "state": READY, "created_at": "2026-02-13T09:30:00.123Z"}
    fields |= {"content_type": "image/jpeg", "tags": ["a"], "object_key": "images/0/1", "size": 3}
    return Image(filename=filename, user_id=user_id, **fields | more)


def name_of(filename, **more):
    return layout.image_path(image(filename, **more)).rpartition("/")[2]


def test_it_works():
    path = layout.image_path(image())

    assert path == f"data/users/ana/2026-02/cat-{IMAGE_ID}.jpg"


@pytest.mark.parametrize(
    "user_id", ["ana", "ana@example.com", "-", "a.b", "a+b", "console", "nul-"]
)
def test_a_safe_user_id_is_its_own_folder(user_id):
    assert layout.user_folder(user_id) == user_id


@pytest.mark.parametrize(
    ("user_id", "start"),
    [(".", "_~"), ("..", "__~"), (".a.", "_a_~"), ("Ana", "ana~"), ("auth0|7:x", "auth0_7_x~"),
     ("con", "_con~"), ("nul.txt", "_nul.txt~"), ("COM1", "_com1~"), ("...", "_._~")],
)  # fmt: skip
def test_another_user_id_gets_a_safe_form_and_a_digest(user_id, start):
    folder = layout.user_folder(user_id)

    assert folder[:-12] == start
    assert set(folder[-12:]) <= set("0123456789abcdef")


@settings(max_examples=50, deadline=None)
@given(USER_IDS, USER_IDS)
def test_no_two_users_share_a_folder_whatever_the_case(one, other):
    folders = layout.user_folder(one).lower(), layout.user_folder(other).lower()

    assert (folders[0] == folders[1]) == (one == other)


def test_users_who_differ_in_case_have_folders_of_their_own():
    folders = {layout.user_folder(user_id).lower() for user_id in ("ana", "Ana", "aNA", "ANA")}

    assert len(folders) == 4


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("%41.png", f"_41-{IMAGE_ID}.png"),
        ('a/b\\c:d*e?f"g<h>i|j.jpg', f"a_b_c_d_e_f_g_h_i_j-{IMAGE_ID}.jpg"),
        ("two\nlines\r\u2028x.jpg", f"two lines  x-{IMAGE_ID}.jpg"),
        ("gpj\u202e\u200f.jpg", f"gpj-{IMAGE_ID}.jpg"),
        ("...", f"image-{IMAGE_ID}.jpeg"),
        (".hidden", f"hidden-{IMAGE_ID}.jpeg"),
        (" . cat . .jpg. .", f"cat-{IMAGE_ID}.jpg"),
        ("cat", f"cat-{IMAGE_ID}.jpeg"),
        ("Dr. Smith", f"Dr. Smith-{IMAGE_ID}.jpeg"),
        ("CON", f"CON-{IMAGE_ID}.jpeg"),
        ("con.a.png", f"_con.a-{IMAGE_ID}.png"),
        ("nul.tar.gz", f"_nul.tar-{IMAGE_ID}.gz"),
        ("e\u0301.jpg", f"\u00e9-{IMAGE_ID}.jpg"),
        ("猫 🐈.webp", f"猫 🐈-{IMAGE_ID}.webp"),
    ],
)
def test_a_file_keeps_a_readable_name(filename, name):
    assert name_of(filename) == name


@pytest.mark.parametrize("letter", ["a", "é", "猫", "🐈"])
def test_a_long_name_is_cut_between_characters(letter):
    name = name_of(letter * 255 + ".jpg")

    assert 255 - 3 <= len(name.encode()) <= 255
    assert name.removesuffix(f"-{IMAGE_ID}.jpg").strip(letter) == ""


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=255))
def test_any_file_name_becomes_a_safe_one(filename):
    name = name_of(filename)

    assert len(name.encode()) <= 255
    assert IMAGE_ID in name
    assert name[0] not in " ."
    assert name[-1] not in " ."
    assert not set(name) & set('%/\\:*?"<>|')
    assert not any(unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") for one in name)
    assert unicodedata.is_normalized("NFC", name)
    assert f"x{name}x".splitlines() == [f"x{name}x"]


def test_a_line_is_read_as_it_was_written():
    written = image(keyed=True, request_digest="d" * 64, unknown={"title": "At the sea"})

    path, read = layout.image_of(layout.line_of(written, layout.image_path(written)))

    assert path == layout.image_path(written)
    assert vars(read) == vars(changed(written, object_key=None))


def test_a_trashed_image_stays_trashed():
    written = image(state=TRASHED, trashed_at="2026-03-01T00:00:00.000Z")

    line = layout.line_of(written, layout.image_path(written))

    assert layout.image_of(line)[1].state == TRASHED
    assert "object_key" not in json.loads(line)["doc"]


@pytest.mark.parametrize(
    "changes",
    [{"path": "data/users/../../x"}, {"path": "data/images.jsonl"}, {"path": "/etc/passwd"},
     {"path": "data/users/ana/./x"}, {"path": "data/users//x"}, {"path": "data/users/a\\b"},
     {"path": 7}, {"image_id": "x"}, {"image_id": None}, {"state": "pending"}, {"doc": []}],
)  # fmt: skip
def test_a_line_that_no_bag_has_is_refused(changes):
    line = json.loads(layout.line_of(image(), layout.image_path(image()))) | changes

    with pytest.raises(layout.UnreadableLine):
        layout.image_of(json.dumps(line))


@pytest.mark.parametrize("line", ["", "{", "[]", "7", '{"path": "data/users/ana/x"}'])
def test_a_line_of_something_else_is_refused(line):
    with pytest.raises(layout.UnreadableLine):
        layout.image_of(line)


def test_a_line_of_a_manifest_is_read_as_it_was_written():
    line = layout.manifest_line("0" * 64, "data/users/ana/a  b.jpg")

    assert layout.manifest_entry(line + "\n") == ("0" * 64, "data/users/ana/a  b.jpg")


@pytest.mark.parametrize("line", ["", "0" * 64, "data/x", "0" * 63 + "  data/x"])
def test_another_line_is_none_of_a_manifest(line):
    with pytest.raises(layout.UnreadableLine):
        layout.manifest_entry(line)


def test_the_description_is_read_as_it_was_written():
    text = layout.info_text([(layout.FORMAT_LABEL, 1), (layout.USER_LABEL, "auth0|a:b")])

    assert layout.info_of(text) == {"Image-Service-Format": "1", "Image-Service-User": "auth0|a:b"}
