import base64
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from service.api.document import openapi, openapi_examples
from service.api.document.answer_schemas import (
    ImagePageSchema,
    ImageSchema,
    PendingImageSchema,
    ProblemSchema,
)
from service.api.images.image_schemas import UploadSchema, ViewQuerySchema
from service.api.images.query_schemas import ListQuerySchema
from service.api.problems.problem_types import problem_types
from service.common import errors
from service.common.version import VERSION
from tests.support.api_document import operations, schema_of
from tests.support.signed_tokens import SECRET

ROOT = Path(__file__).parents[1]
# The fields that differ from upload to upload.
OWN = {"image_id", "created_at", "updated_at", "url", "url_expires_at", "renditions"}
UNTYPED = ("width", "height", "privacy")
# No operations of the document: pages for people, and signed URLs, which are used unchanged.
BESIDE = {
    "files.serve_file",
    "files.receive_file",
    "docs.show_document",
    "docs.show_docs",
    "docs.show_asset",
}
BESIDE |= {"problems.show_problem", "root.show_root", "gallery.serve_file"}


@pytest.fixture
def document(client):
    """The API document."""
    return client.get("/openapi.json").json


@pytest.fixture
def closed(new_app):
    """The API document of a service that requires tokens."""
    return new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client().get("/openapi.json").json


def test_the_document_names_the_version(document):
    assert document["info"]["version"] == VERSION


def test_it_works(client):
    response = client.get("/openapi.json")

    assert response.content_type == "application/json"
    assert response.json["openapi"].startswith("3.1.")
    headers = {"If-None-Match": response.headers["ETag"]}
    assert client.get("/openapi.json", headers=headers).status_code == 304


def test_it_is_a_valid_document(document, closed):
    validate(document)
    validate(closed)


def test_a_cold_start_does_not_pay_for_it():
    late = {
        "apispec",
        "flask_swagger_ui",
        "service.api.document.openapi",
        "service.api.problems.problem_types",
    }
    code = f"import main, sys; sys.exit(bool({late} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_it_is_the_same_in_every_process(app, document):
    again = json.loads(json.dumps(openapi.build(app)))

    assert json.dumps(again) == json.dumps(document)


def test_every_route_has_its_operation(app, document):
    routes = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint not in BESIDE
    }

    assert set(operations(document)) == routes


def test_every_problem_of_ours_belongs_to_an_operation(new_app):
    limits = {"RATE_LIMIT": "60/minute", "MAX_IMAGES_PER_USER": "9"}
    app = new_app(AUTH="jwt", JWT_SECRET=SECRET, **limits)
    document = openapi.build(app)
    ours = {kind.code for kind in vars(errors).values() if hasattr(kind, "code")}

    # These appear only in answers of file URLs, in a refused image, and outside the operations.
    beside = {"invalid-url", "length-required", "not-as-declared", "image-refused", "not-found"}
    assert set(document["components"]["examples"]) == ours - beside


def test_every_problem_is_listed_under_its_status(closed):
    for operation in operations(closed).values():
        for status, answer in operation["responses"].items():
            examples = answer.get("content", {}).get("application/problem+json", {}).get("examples")
            for code in examples or {}:
                assert problem_types()[code].status == int(status)
                assert f"(problems/{code})" in answer["description"]


def test_every_answer_carries_its_headers(closed):
    expected = {"401": "WWW-Authenticate", "405": "Allow", "503": "Retry-After", "201": "Location"}

    for operation in operations(closed).values():
        for status, answer in operation["responses"].items():
            assert "X-Request-Id" in answer["headers"]
            assert expected.get(status, "X-Request-Id") in answer["headers"]
    assert "Link" in operations(closed)["GET", "/images"]["responses"]["200"]["headers"]


def test_operations_that_need_a_token_say_so(document, closed):
    bearer = [{"bearer": []}]

    for key, operation in operations(closed).items():
        is_open = key[1] in ("/health", "/ready")
        assert operation["security"] == ([] if is_open else bearer)
        assert ("401" in operation["responses"]) != is_open
    assert "user_id" not in closed["components"]["schemas"]["UploadForm"]["required"]
    body = operations(closed)["POST", "/images"]["requestBody"]["content"]["application/json"]
    assert "user_id" not in body["example"]
    assert "securitySchemes" not in document["components"]
    for operation in operations(document).values():
        assert operation["security"] == []
        assert "401" not in operation["responses"]


def test_the_rules_of_fields_are_json_schema(document):
    assert schema_of(document, "UploadJson", "user_id")["pattern"] == "^[A-Za-z0-9._@:|+-]{1,128}$"
    assert schema_of(document, "UploadJson", "tags")["maxItems"] == 20
    assert schema_of(document, "UploadJson", "description")["maxLength"] == 1000
    assert schema_of(document, "UploadForm", "image_data")["format"] == "binary"
    assert schema_of(document, "UploadForm", "width")["type"] == "string"
    assert schema_of(document, "DirectUpload", "sha256")["pattern"] == "^[0-9A-Fa-f]{64}$"
    assert schema_of(document, "DirectUpload", "size")["maximum"] == 10485760
    limits = {
        parameter["name"]: parameter["schema"]
        for key in (("GET", "/images"), ("GET", "/images/{image_id}"))
        for parameter in operations(document)[key]["parameters"]
    }
    assert limits["limit"] == {"default": 20, "type": "integer", "minimum": 1, "maximum": 100}
    assert (limits["expires_in"]["minimum"], limits["expires_in"]["maximum"]) == (1, 604800)
    assert limits["match"]["enum"] == ["any", "all"]
    assert limits["download"]["type"] == "boolean"


def test_every_field_has_its_type(document):
    for name in ("UploadForm", "UploadJson", "Image", "Problem"):
        for field, schema in document["components"]["schemas"][name]["properties"].items():
            assert schema["description"]
            assert "type" in schema or "$ref" in schema or field in UNTYPED
    for schema in (ListQuerySchema, ViewQuerySchema, UploadSchema):
        assert set(schema().fields) <= set(openapi.openapi_fields.MEANINGS)


def test_the_schema_of_an_image_matches_the_answer(upload, client):
    image = upload(description=None).json

    assert list(ImageSchema().fields) == list(image)
    assert ImageSchema().validate(image) == {}
    assert ImageSchema().load(image) == image
    assert ImagePageSchema().validate(client.get("/images").json) == {}
    assert ProblemSchema().validate(client.get("/images?limit=0").json) == {}


def test_the_examples_of_an_upload_are_real(client):
    picture = base64.b64decode(openapi_examples.PICTURE)
    form = openapi_examples.FORM | {"image_data": (io.BytesIO(picture), "beach.png")}

    for sent in ({"json": openapi_examples.JSON}, {"data": form}):
        image = client.post("/images", **sent).json
        shown = client.get(f"/images/{image['image_id']}").json
        for answer in (image, shown, client.get("/images?tags=beach&limit=1").json["images"][0]):
            assert list(answer) == list(openapi_examples.IMAGE)
            for name in set(answer) - OWN:
                assert answer[name] == openapi_examples.IMAGE[name]
            thumb, example = answer["renditions"]["thumb"], openapi_examples.IMAGE["renditions"]
            assert thumb == example["thumb"] | {"url": thumb["url"]}
    assert client.get("/health").json == openapi_examples.ANSWERS["health.health"]
    assert client.get("/ready").json == openapi_examples.ANSWERS["health.ready"]


def test_the_example_of_a_direct_upload_is_real(client):
    picture = base64.b64decode(openapi_examples.PICTURE)

    image = client.post("/images", json=openapi_examples.DIRECT).json
    sent = client.put(image["upload"]["url"], data=picture, headers=image["upload"]["headers"])
    ready = client.get(f"/images/{image['image_id']}").json

    assert PendingImageSchema().validate(image) == {}
    assert list(image["upload"]) == list(openapi_examples.PENDING["upload"])
    for name in set(image) - OWN - {"upload"}:
        assert image[name] == openapi_examples.PENDING[name]
    assert (sent.status_code, ready["sha256"]) == (200, openapi_examples.IMAGE["sha256"])


def test_the_examples_obey_their_schemas(document):
    assert PendingImageSchema().validate(openapi_examples.PENDING) == {}
    assert ImagePageSchema().validate(openapi_examples.PAGE) == {}
    assert UploadSchema().validate(openapi_examples.JSON) == {}
    body = operations(document)["POST", "/images"]["requestBody"]["content"]["application/json"]
    assert body["example"] == openapi_examples.JSON
    for example in document["components"]["examples"].values():
        assert ProblemSchema().validate(example["value"]) == {}
