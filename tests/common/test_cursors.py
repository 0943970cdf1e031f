import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.common import cursors
from service.common.errors import InvalidCursor
from service.models.query import Query

POSITION = "2026-02-13T09:30:00.123Z#0123456789abcdef0123456789abcdef"
FILTERS = ["ana", ["cat", "été"], True]
CURSOR_OF_VERSION_1 = (
    "MXwyMDI2LTAyLTEzVDA5OjMwOjAwLjEyM1ojMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ8"
    "OWExZjA4NDVkNmY3NTJjNnxkMmRmZGYyNGExZWU4YzYw"
)
FILTERED = {
    "none": ["a"],
    "untagged": True,
    "created_after": "2026-02-13T09:30:00.123Z",
    "created_before": "2026-02-13T09:30:00.123Z",
    "oldest": True,
    "content_types": ["image/png"],
    "text": "a",
    "trashed": True,
}
CURSOR = cursors.encode(POSITION, FILTERS)


def test_a_cursor_leads_back_to_its_position():
    assert cursors.decode(CURSOR, FILTERS) == POSITION


# Made by version 1, whose lists had no other filters.
@pytest.mark.parametrize(
    ("query", "cursor"),
    [
        (
            Query(),
            "MXwyMDI2LTAyLTEzVDA5OjMwOjAwLjEyM1ojMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ8"
            "NmM3ZTAxMmRjNmY2OWI5NXwyODk2MzNlZmM1NjlmMzU4",
        ),
        (Query("ana", ["été", "cat"], match_all=True), CURSOR_OF_VERSION_1),
    ],
)
def test_those_of_the_first_version_stay_valid(query, cursor):
    assert cursors.decode(cursor, query.filters) == POSITION
    assert cursors.encode(POSITION, query.filters) == cursor


@pytest.mark.parametrize("name", FILTERED)
def test_a_filter_that_is_set_makes_another_list(name):
    query = Query(**{name: FILTERED[name]})

    assert query.filters != Query().filters
    with pytest.raises(InvalidCursor):
        cursors.decode(cursors.encode(POSITION, Query().filters), query.filters)


def test_equal_filters_are_the_same_list():
    query = Query(none=["a", "b"], content_types=["image/png", "image/gif"], text="ASSE")
    other = Query(none=["b", "a", "a"], content_types=["image/gif", "image/png"], text="aße")

    assert query.filters == other.filters


def test_no_position_is_no_cursor():
    assert cursors.encode(None, FILTERS) is None
    assert cursors.decode(None, FILTERS) is None


def test_it_needs_no_quoting_in_an_address():
    assert CURSOR.isascii()
    assert CURSOR.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "filters", [[None, [], False], ["ana", ["cat"], True], ["ana", ["cat", "été"], False], []]
)
def test_it_belongs_to_its_filters(filters):
    with pytest.raises(InvalidCursor):
        cursors.decode(CURSOR, filters)


def test_every_altered_character_is_noticed():
    for place in range(len(CURSOR)):
        for character in "A_" if CURSOR[place] not in "A_" else "Bz":
            altered = CURSOR[:place] + character + CURSOR[place + 1 :]
            with pytest.raises(InvalidCursor):
                cursors.decode(altered, FILTERS)


def test_every_cut_is_noticed():
    for end in range(len(CURSOR)):
        with pytest.raises(InvalidCursor):
            cursors.decode(CURSOR[:end], FILTERS)


@pytest.mark.parametrize("spelling", [CURSOR + "=", CURSOR + "\n", " " + CURSOR, CURSOR + "!"])
def test_only_the_base64_that_we_write_is_accepted(spelling):
    with pytest.raises(InvalidCursor):
        cursors.decode(spelling, FILTERS)


@pytest.mark.parametrize("position", ["", "2026", POSITION[:-1], POSITION.upper(), "#" + POSITION])
def test_a_strange_position_is_refused(position):
    with pytest.raises(InvalidCursor):
        cursors.decode(cursors.encode(position, FILTERS), FILTERS)


@given(st.text(st.characters()))
def test_any_text_is_refused(text):
    with pytest.raises(InvalidCursor):
        cursors.decode(text, FILTERS)
