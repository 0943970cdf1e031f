"""The table of fields is whole, and its rows agree with themselves."""

import pytest

from service.models.fields import FIELDS, FLAG, IGNORED, REQUIRED, SENT, SHOWN, TAGS, names
from service.models.image import RECORD_FIELDS


def test_every_field_is_named_once():
    assert len(set(names(FIELDS))) == len(FIELDS)
    assert set(names(FIELDS)) & set(RECORD_FIELDS) == {"image_id"}


def test_uploads_name_what_they_need_first():
    assert names(SENT)[:4] == ("user_id", "filename", "tags", "description")
    assert [field.sent == REQUIRED for field in SENT] == sorted(
        (field.sent == REQUIRED for field in SENT), reverse=True
    )


@pytest.mark.parametrize("field", SENT, ids=names(SENT))
def test_what_users_send_is_kept_and_shown(field):
    assert field.kept
    assert field.shown != (field.kind == FLAG)
    assert not field.late
    assert bool(field.most) != (field.name == "user_id" or field.kind == FLAG)
    assert isinstance(field.example, {TAGS: list, FLAG: type(None)}.get(field.kind, str))


@pytest.mark.parametrize("field", SHOWN, ids=names(SHOWN))
def test_what_is_shown_is_explained(field):
    assert field.meaning.endswith(".")
    assert field.example is not None or field.lacking


def test_what_is_ignored_is_measured():
    assert names(field for field in FIELDS if field.sent == IGNORED) == ("width", "height")
