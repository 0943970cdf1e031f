"""A line of a bag's records is taken only if the service could have written it."""

import copy
import json

import pytest

from service.operators.bags.layout import UnreadableLine
from service.operators.bags.source import image_of

IMAGE_ID = "0123456789abcdef0123456789abcdef"
DOC = {
    "user_id": "Bob|x@y", "filename": "à b.png", "description": "Línea 1\n\t2 😀",
    "tags": ["a#b", "é"], "content_type": "image/png", "size": 9, "width": 4, "height": 3,
    "sha256": "0a" * 32, "created_at": "2026-02-13T09:30:00.123Z",
    "updated_at": "2026-02-14T09:30:00.123Z", "version": 2, "taken_at": "2025-12-31T23:59:59+05:45",
    "color": "#95c1c5", "thumbhash": "LKcJPYp4h4eHd3iPd0iHdIVibwj3",
    "renditions": {"thumb": {"width": 4, "height": 3, "size": 50}, "large": {"fault": "No."}},
    "privacy": ["location"], "strip": True, "stars": {"of a newer version": [1, None, 2.5]},
}  # fmt: skip
RECORD = {"path": "data/users/a/b.png", "image_id": IMAGE_ID, "state": "ready", "keyed": True}
RECORD |= {"request_digest": "f" * 64, "doc": DOC}
NEEDED = {"user_id", "filename", "content_type", "size", "width", "height", "sha256", "created_at"}


def line_of(record):
    return json.dumps(record).encode() + b"\n"


def is_taken(line):
    """Tell whether a line is taken; any other error than the reader's own fails the test."""
    try:
        image_of(line)
    except UnreadableLine:
        return False
    return True


def test_it_works():
    path, image = image_of(line_of(RECORD))

    assert (path, image.image_id, image.unknown) == (
        RECORD["path"],
        IMAGE_ID,
        {"stars": DOC["stars"]},
    )
    assert json.loads(image.doc()) == DOC


def test_a_trashed_one_has_two_dates():
    dates = {"trashed_at": DOC["created_at"], "purged_at": DOC["updated_at"]}

    taken = [
        is_taken(line_of(RECORD | {"state": state, "doc": DOC | given}))
        for state, given in (
            ("trashed", dates),
            ("ready", dates),
            ("trashed", {"trashed_at": DOC["created_at"]}),
            ("trashed", {}),
        )
    ]

    assert taken == [True, False, False, False]


@pytest.mark.parametrize("name", sorted(DOC.keys() - NEEDED))
def test_a_field_that_an_old_version_did_not_write_may_lack(name):
    doc = {other: value for other, value in DOC.items() if other != name}

    assert is_taken(line_of(RECORD | {"doc": doc}))


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_a_field_that_was_always_written_may_not(name):
    doc = {other: value for other, value in DOC.items() if other != name}

    assert not is_taken(line_of(RECORD | {"doc": doc}))


@pytest.mark.parametrize("name", RECORD)
def test_a_part_that_lacks_is_refused(name):
    record = {other: value for other, value in RECORD.items() if other != name}

    assert not is_taken(line_of(record))


def odd(name, *values):
    """Return the cases of a field of the doc; a value of None is null."""
    return [pytest.param("doc", name, value, id=f"{name}-{value!r:.20}") for value in values]


def odd_beside(name, *values):
    return [pytest.param(None, name, value, id=f"{name}-{value!r:.20}") for value in values]


TIMES = ("", 5, "2026-02-30T00:00:00.000Z", "2026-02-13T09:30:00Z", "2026-02-13T09:30:00.123Z\n")
ODD = [
    *odd_beside("image_id", "", "A" * 32, "0" * 31, "../" * 10, 5, None, ["0" * 32]),
    *odd_beside("state", "pending", "deleting", "trashed", "archived", "", 5, None),
    *odd_beside("keyed", None, 1, "yes"),
    *odd_beside("request_digest", "", "0" * 63, "x" * 64, 5, []),
    *odd_beside("doc", None, [], "text", 5),
    *odd("user_id", "", "a#b", "a/b", "a" * 129, "a\n", 5, None, ["a"]),
    *odd("filename", "", "a/b", "a\\b", "a\x00b", "\u202e" * 256, "e\u0301", 5, None),
    *odd("description", "x" * 1001, "a\x00b", 5, ["a"]),
    *odd("tags", None, "a", ["b", "a"], ["a", "a"], ["A"], [""], ["a,b"], ["x" * 51], [5], {},
         [f"{n:02}" for n in range(21)]),
    *odd("content_type", None, "text/html", "image/svg+xml", "", 5, ["image/png"]),
    *odd("size", None, 0, -5, "9", 9.5, True, 10**30),
    *odd("width", None, 0, -1, "9", True),
    *odd("height", None, 0, 1e3),
    *odd("sha256", None, "", "A" * 64, 5),
    *odd("created_at", None, *TIMES),
    *odd("updated_at", *TIMES),
    *odd("version", None, 0, -1, "1", True, 2**60),
    *odd("taken_at", "yesterday", "2026-13-13T09:30:00", 5),
    *odd("color", "red", "#12345", 5),
    *odd("thumbhash", "<script>", "", 5),
    *odd("renditions", [], {"huge": {"fault": "a"}}, {"thumb": 5}, {"thumb": {"size": "9"}},
         {"thumb": {"width": 1, "height": 1, "size": -1}}, {"thumb": {"fault": 5}}),
    *odd("privacy", {}, "location", ["soul"], [5], [["location"]]),
    *odd("strip", False, "yes", 1),
    *odd("trashed_at", "2026-02-13T09:30:00.123Z", 5),
    *odd("purged_at", "2026-02-13T09:30:00.123Z", 5),
    *odd("future", float("nan"), float("inf"), "\ud800"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "name", "value"), ODD)
def test_no_record_that_the_service_could_not_have(part, name, value):
    record = copy.deepcopy(RECORD)
    (record[part] if part else record)[name] = value

    assert not is_taken(line_of(record))


PATHS = ["/etc/passwd", "../../secret", "data/users/../../secret", "data/users/a/./b", "secret",
         "data/users//a", "data/images.jsonl", "data/users/a\\b", "data/users/a\0b", "", 7, None,
         ["data/users/a"]]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_leads_elsewhere_is_refused_at_once(path):
    assert not is_taken(line_of(RECORD | {"path": path}))


LINES = [b"", b"{", b"[]", b"5", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000,
         b'{"a": ' * 20_000, b'{"path": "' + b"x" * 200_000 + b'"}', b"1" * 6000]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: repr(line[:9]))
def test_a_line_that_is_no_record_is_refused(line):
    assert not is_taken(line)
