"""Any text in any field is stored in its normal form or refused; it never causes a fault."""

import json
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service.api.images.query_schemas import ListQuerySchema
from service.models.fields import FLAG, SENT, names

quick = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ODD = "\x00\t\n\r\x1b\x85\ufeff\u200d\u202e\u0301\u0958\u212b\uff0f,/\\;\"'%#*😀İßΣ\ufffd"
# Random texts rarely have it: a letter and its accent as two characters.
DECOMPOSED = "e\u0301"
FORM = "multipart/form-data; boundary=x"
PARAMETERS = st.sampled_from([*ListQuerySchema().fields, "x"])
TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(ODD), max_size=60)
ANY_TEXT = st.text(st.characters() | st.sampled_from(ODD), max_size=60)
FIELDS = st.sampled_from(names(row for row in SENT if row.kind != FLAG))


def kept(field, text):
    """Return the text that the service stores for an accepted text, sent with a file cat.png."""
    if not text:
        return {"tags": [], "filename": "cat.png"}.get(field)
    if field == "description":
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", text)
    if field == "filename":
        return text.replace("\\", "/").rsplit("/", 1)[-1]
    if field == "tags":
        tags = {unicodedata.normalize("NFC", tag.strip().lower()) for tag in text.split(",")}
        return sorted(tags) if text.strip() else []
    return text


def require_stored_or_refused(client, response, field, text):
    """Fail unless the text was stored, or was refused with the name of its field."""
    if response.status_code == 201:
        assert response.json[field] == kept(field, text)
        listed = client.get("/images?limit=1").json["images"][0]
        assert listed[field] == response.json[field]
    else:
        assert response.status_code == 400, response.json
        assert field in {row["field"] for row in response.json["errors"]}


@quick
@given(field=FIELDS, text=TEXT)
@example(field="filename", text=DECOMPOSED)
@example(field="tags", text=DECOMPOSED)
def test_in_a_form(client, upload, field, text):
    require_stored_or_refused(client, upload(**{field: text}), field, text)


@quick
@given(field=FIELDS, text=ANY_TEXT)
@example(field="filename", text=DECOMPOSED)
@example(field="tags", text=DECOMPOSED)
def test_in_json(client, upload_json, field, text):
    require_stored_or_refused(client, upload_json(**{field: text}), field, text)


@quick
@given(text=ANY_TEXT)
def test_of_strip_only_words_for_yes_and_no_are_taken(upload_json, text):
    known = text.lower() in ("true", "false", "1", "0", "")

    assert upload_json(strip=text).status_code == (201 if known else 400)


@quick
@given(tags=st.lists(ANY_TEXT.filter(bool), max_size=5))
def test_stored_tags_can_be_asked_for(client, upload_json, tags):
    response = upload_json(tags=tags)

    for tag in response.json.get("tags", []):
        listed = client.get("/images", query_string={"tags": tag, "limit": 1}).json
        assert listed["images"][0]["image_id"] == response.json["image_id"]


@quick
@given(filename=ANY_TEXT, description=ANY_TEXT, place=st.integers(0, 60), length=st.integers(1, 9))
@example(filename="Stra\u00dfe", description="\u0130\n\u03a3\u0301", place=0, length=5)
def test_each_part_of_stored_text_is_found(
    client, upload_json, filename, description, place, length
):
    response = upload_json(filename=filename or "a", description=description)

    for stored in (response.json.get("filename"), response.json.get("description")):
        part = (stored or "")[place : place + length]
        # The normal form of a part may be another one than in the whole.
        if part and unicodedata.normalize("NFC", part) == part:
            for spelling in (part, part.casefold()):
                query = {"q": spelling, "limit": 1}
                listed = client.get("/images", query_string=query).json
                assert listed["images"][0]["image_id"] == response.json["image_id"]


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)


@quick
@given(body=st.dictionaries(FIELDS | st.just("image_data") | ANY_TEXT, JSON_VALUES, max_size=6))
def test_any_json_is_answered(client, body):
    response = client.post("/images", data=json.dumps(body), content_type="application/json")

    assert 400 <= response.status_code < 500


@quick
@given(body=st.binary(max_size=200), content_type=st.sampled_from([FORM, "application/json"]))
def test_any_bytes_are_answered(client, body, content_type):
    response = client.post("/images", data=body, content_type=content_type)

    assert 400 <= response.status_code < 500


@quick
@given(query=st.dictionaries(PARAMETERS, TEXT))
@pytest.mark.parametrize("path", ["/images", "/images/x"])
def test_any_query_is_answered(client, path, query):
    assert client.get(path, query_string=query).status_code in (200, 400, 404)


CHANGES = st.dictionaries(
    st.sampled_from(["filename", "description", "tags", "add_tags", "remove_tags"]) | ANY_TEXT,
    JSON_VALUES,
    max_size=4,
)


@quick
@given(changes=CHANGES | JSON_VALUES)
def test_any_change_is_answered(client, image_id, changes):
    response = client.patch(
        f"/images/{image_id}", data=json.dumps(changes), content_type="application/json"
    )

    assert response.status_code in (200, 400)


@quick
@given(
    image_ids=st.lists(ANY_TEXT, max_size=3) | JSON_VALUES,
    action=st.sampled_from(["delete", "trash", "restore", "update"]) | JSON_VALUES,
    changes=CHANGES | JSON_VALUES,
)
def test_any_batch_is_answered(client, image_ids, action, changes):
    body = {"image_ids": image_ids, "action": action, "changes": changes}

    response = client.post("/images/batch", data=json.dumps(body), content_type="application/json")

    assert response.status_code in (200, 400)


@quick
@given(condition=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=60))
def test_any_condition_is_answered(client, image_id, condition):
    path, headers = f"/images/{image_id}", {"If-Match": condition}

    assert client.patch(path, json={}, headers=headers).status_code in (200, 400, 412)
