"""An image's record: strict about the service's own code, lenient about what others have stored."""

import json

import pytest

from service.models.image import DOC_FIELDS, READY, from_doc, new_image
from service.models.states import completed

LATER = {"colour": "red", "taken": {"at": None}}


def doc(**changes):
    """Return a stored doc with other fields, as JSON text."""
    image = new_image(user_id="ana", filename="cat.png", tags=["a"], description=None)
    return json.dumps(json.loads(image.doc()) | changes)


def test_it_works():
    image = new_image(user_id="ana", filename="cat.png", tags=["a"], size=3)

    again = from_doc(image.doc(), image_id=image.image_id, state=READY)

    assert (again.user_id, again.filename, again.tags, again.size) == ("ana", "cat.png", ["a"], 3)
    assert again.listed_at == image.listed_at
    assert again.doc() == image.doc()


def test_a_doc_has_these_fields_in_this_order():
    names = [
        "user_id", "filename", "description", "tags", "content_type", "size", "width", "height",
        "sha256", "created_at", "updated_at", "version", "taken_at", "color", "thumbhash",
        "renditions", "privacy", "strip", "trashed_at", "purged_at", "object_key",
    ]  # fmt: skip
    image = new_image(**dict.fromkeys(set(names) - {"created_at", "object_key"}, "x"))

    assert list(json.loads(image.doc())) == list(DOC_FIELDS) == names


def test_a_doc_leaves_out_what_was_never_written():
    assert list(json.loads(doc())) == ["user_id", "filename", "tags", "created_at", "object_key"]


def test_code_may_not_invent_attributes():
    with pytest.raises(TypeError, match="colour"):
        new_image(user_id="ana", colour="red")


def test_a_doc_of_a_newer_version_can_be_read():
    image = from_doc(doc(**LATER), image_id="5" * 32)

    assert (image.user_id, image.tags, image.image_id) == ("ana", ["a"], "5" * 32)
    assert not hasattr(image, "colour")


def test_what_a_newer_version_wrote_is_written_back():
    image = from_doc(doc(**LATER), image_id="5" * 32)

    again = json.loads(completed(image, {"size": 9}).doc())

    assert {name: again[name] for name in LATER} == LATER
    assert (again["size"], again["user_id"]) == (9, "ana")


def test_a_doc_from_before_a_field_existed_can_be_read():
    image = from_doc('{"user_id":"ana","filename":"cat.png"}', image_id="5" * 32)

    assert (image.filename, image.description, list(image.tags)) == ("cat.png", None, [])
    assert image.version == 1
    assert json.loads(image.doc()) == {"user_id": "ana", "filename": "cat.png"}
