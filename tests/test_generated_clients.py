"""What generated clients need of the API document; tests/packaging/clients.sh runs some."""

import io

import pytest

from service.api.images.image_schemas import LISTS
from tests.support import pictures
from tests.support.api_document import check, operations, schema_of, schemas_in
from tests.support.signed_tokens import SECRET

KEY = {"Idempotency-Key": "k1"}


@pytest.fixture
def document(client):
    """The API document."""
    return client.get("/openapi.json").json


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_no_example_breaks_a_rule(new_app, auth):
    secret = SECRET if auth == "jwt" else ""
    client = new_app(AUTH=auth, JWT_SECRET=secret).test_client()
    document = client.get("/openapi.json").json
    bodies = [
        content
        for operation in operations(document).values()
        for place in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in place.get("content", {}).values()
    ]

    for schema in schemas_in(document["components"]["schemas"]):
        for example in schema.get("examples", []):
            check(document, example, schema)
    for body in bodies:
        references = [row["$ref"].split("/")[-1] for row in body.get("examples", {}).values()]
        values = [document["components"]["examples"][name]["value"] for name in references]
        for value in [*values, *([body["example"]] if "example" in body else [])]:
            check(document, value, body["schema"])
    for header in document["components"]["headers"].values():
        check(document, header["example"], header["schema"])


def test_times_and_addresses_have_their_format(document):
    for name in ("Image", "PendingImage", "PendingUpload", "RefusedImage"):
        assert schema_of(document, name, "created_at")["format"] == "date-time"
        assert schema_of(document, name, "url")["format"] == "uri"
    assert schema_of(document, "Image", "url_expires_at")["format"] == "date-time"
    assert schema_of(document, "Instructions", "expires_at")["format"] == "date-time"
    assert schema_of(document, "Instructions", "url")["format"] == "uri"
    assert schema_of(document, "Image", "url")["type"] == "string"
    assert schema_of(document, "PendingImage", "url")["type"] == ["string", "null"]


def test_what_must_not_be_empty_says_so(document):
    for name in ("UploadJson", "DirectUpload", "Image"):
        for field in ("user_id", "filename"):
            assert schema_of(document, name, field)["minLength"] == 1
    assert schema_of(document, "UploadJson", "image_data")["minLength"] == 1
    assert schema_of(document, "UploadJson", "tags")["items"]["minLength"] == 1


def test_lists_may_repeat_in_forms_and_queries(document):
    form = operations(document)["POST", "/images"]["requestBody"]["content"]["multipart/form-data"]
    parameters = operations(document)["GET", "/images"]["parameters"]
    tags = next(one for one in parameters if one["name"] == "tags")

    assert form["encoding"] == {name: {"style": "form", "explode": True} for name in LISTS}
    assert schema_of(document, "UploadForm", "tags")["type"] == "array"
    assert (tags["schema"]["type"], tags["style"], tags["explode"]) == ("array", "form", True)
    assert tags["schema"]["maxItems"] == 10


def test_a_body_has_no_defaults(document):
    for name in ("UploadForm", "UploadJson", "DirectUpload"):
        for schema in document["components"]["schemas"][name]["properties"].values():
            assert "default" not in schema


@pytest.mark.parametrize(
    ("sent", "status", "state"),
    [(None, 202, "pending"), (b"\0", 200, "refused"), (pictures.png(8, 8), 201, "ready")],
)
def test_a_retry_of_a_direct_upload_is_documented(
    begin, send, client, document, *, sent, status, state
):
    size = len(sent or b"\0")
    begun = begin(headers=KEY, size=size)
    if sent:
        send(begun.json["upload"], sent)

    retry = begin(headers=KEY, size=size)
    viewed = client.get(begun.headers["Location"])

    upload, view = (
        operations(document)[key]["responses"]
        for key in (("POST", "/images"), ("GET", "/images/{image_id}"))
    )
    assert (retry.status_code, retry.json["status"], viewed.json["status"]) == (
        status,
        state,
        state,
    )
    assert retry.headers["Location"] == begun.headers["Location"]
    assert "Location" in upload[str(status)]["headers"]
    check(document, begun.json, upload["202"]["content"]["application/json"]["schema"])
    check(document, retry.json, upload[str(status)]["content"]["application/json"]["schema"])
    check(document, viewed.json, view["200"]["content"]["application/json"]["schema"])


def test_a_body_that_is_too_large_brings_a_valid_one(new_app, picture):
    client = new_app(MAX_INLINE_SIZE="9").test_client()
    document = client.get("/openapi.json").json
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}

    refused = client.post("/images", data=form)

    answer = operations(document)["POST", "/images"]["responses"]["413"]
    check(document, refused.json, answer["content"]["application/problem+json"]["schema"])
    assert client.post("/images", json=refused.json["direct_upload"]).status_code == 202
