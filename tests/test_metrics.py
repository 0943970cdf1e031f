"""What METRICS=1 counts and times."""

import io
import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.api.problems.problem_types import ANY_IMAGE
from service.running.lambda_handler import new_handler
from tests.support import pictures
from tests.support.gateway_events import http_api, multipart
from tests.support.signed_tokens import SECRET

NAMES = {
    "image_service_http_request_duration_seconds",
    "image_service_http_request_body_bytes",
    "image_service_uploads",
    "image_service_store_call_duration_seconds",
    "image_service_store_errors",
    "image_service_fast_path_fallbacks",
    "image_service_rendition_duration_seconds",
    "image_service_rendition_failures",
    "image_service_stored_images",
    "image_service_stored_bytes",
    "image_service_users",
    "image_service_free_bytes",
}


@pytest.fixture
def client(new_app):
    """A client of a service with METRICS=1."""
    return new_app(METRICS="1").test_client()


def samples(client):
    """Return what Prometheus reads: values by (name, set of labels)."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(client, name, **labels):
    """Return the value of a metric of the service; 0 if it has none yet."""
    return samples(client).get((f"image_service_{name}", frozenset(labels.items())), 0)


def test_it_works(client, upload):
    upload()
    response = client.get("/metrics")
    families = list(text_string_to_metric_families(response.text))

    assert response.content_type.startswith("text/plain; version=")
    assert {family.name for family in families if not family.name.endswith("_created")} == NAMES
    assert all(family.documentation for family in families)


def test_requests_are_counted_and_timed_by_route(client, image_id):
    for _ in range(2):
        client.get(f"/images/{image_id}")
    client.get("/images/nothing")

    name, route = "http_request_duration_seconds", "/images/<image_id>"
    assert value(client, f"{name}_count", method="GET", route=route, status="200") == 2
    assert value(client, f"{name}_count", method="GET", route=route, status="404") == 1
    assert 0 < value(client, f"{name}_sum", method="GET", route=route, status="200") < 60


def test_text_from_clients_never_becomes_a_label(client):
    client.get("/secret/path?token=1")
    client.open("/images/secret", method="SECRET")
    client.get("/images", headers={"Host": "a b"})
    client.get("/gallery/0123456789abcdef/secret.js")

    assert "secret" not in client.get("/metrics").text.lower()
    name = "http_request_duration_seconds_count"
    assert value(client, name, method="GET", route="none", status="404") == 1
    assert value(client, name, method="other", route="none", status="405") == 1
    assert value(client, name, method="GET", route="/images", status="400") == 1
    file = "/gallery/<digest>/<path:name>"
    assert value(client, name, method="GET", route=file, status="404") == 1


def test_changes_are_counted_by_route(client, image_id):
    client.patch(f"/images/{image_id}", json={"tags": ["secret"]})
    client.delete(f"/images/{image_id}?trash=true")
    client.post(f"/images/{image_id}/restore")
    client.post("/images/batch", json={"image_ids": ["secret"], "action": "delete"})

    name = "http_request_duration_seconds_count"
    image = "/images/<image_id>"
    assert value(client, name, method="PATCH", route=image, status="200") == 1
    assert value(client, name, method="DELETE", route=image, status="204") == 1
    assert value(client, name, method="POST", route=f"{image}/restore", status="200") == 1
    assert value(client, name, method="POST", route="/images/batch", status="200") == 1
    assert value(client, "uploads_total", outcome="stored") == 1
    page = client.get("/metrics").text
    assert "secret" not in page
    assert image_id not in page


def test_uploads_are_counted_by_outcome(client, upload):
    upload()
    upload(data=b"I am a picture")
    upload(user_id=None)
    client.get("/images")

    assert value(client, "uploads_total", outcome="stored") == 1
    assert value(client, "uploads_total", outcome="unsupported-image") == 1
    assert value(client, "uploads_total", outcome="invalid-fields") == 1
    assert len([key for key in samples(client) if key[0] == "image_service_uploads_total"]) == 3


def test_a_direct_upload_is_pending_first(client, picture):
    asked = {"user_id": "ana", "filename": "a.png", "size": len(picture)}
    client.post("/images", json=asked | {"content_type": "image/png"})

    assert value(client, "uploads_total", outcome="pending") == 1
    assert value(client, "uploads_total", outcome="stored") == 0


def test_received_bytes_are_counted_not_declared_ones(client, picture):
    body, content_type = multipart(picture, user_id="ana")
    client.post("/images", data=body, content_type=content_type)
    huge = {"CONTENT_LENGTH": str(10**12), "wsgi.input": io.BytesIO(b"start")}
    client.post("/images", content_type="application/json", environ_overrides=huge)

    assert value(client, "http_request_body_bytes_total", route="/images") == len(body)


def test_calls_of_the_stores_are_counted(client, upload):
    upload()

    name = "store_call_duration_seconds_count"
    assert value(client, name, store="images", operation="begin") == 1
    assert value(client, name, store="objects", operation="put") == 1
    assert value(client, "store_errors_total", store="objects", operation="put") == 0


def test_errors_of_the_stores_are_counted(new_app):
    broken = new_app(METRICS="1", DATA_DIR=__file__).test_client()

    assert broken.get(ANY_IMAGE).status_code == 503
    assert value(broken, "store_errors_total", store="images", operation="get") == 1


def test_renditions_are_counted_and_timed(client, upload):
    image = upload().json
    for _ in range(2):
        client.get(f"/images/{image['image_id']}?rendition=large")

    name = "rendition_duration_seconds_count"
    assert value(client, name, rendition="thumb", when="upload") == 1
    assert value(client, name, rendition="large", when="later") == 1
    assert value(client, name, rendition="thumb", when="later") == 0


def test_renditions_that_fail_are_counted(client, upload):
    # Its structure is right, its picture is none.
    image = upload(pictures.avif()[:-60] + bytes(60), "a.avif").json
    status = client.get(f"/images/{image['image_id']}?rendition=thumb").status_code

    assert status == 422
    assert value(client, "rendition_failures_total", rendition="thumb", when="later") == 1


def test_the_page_needs_no_token_and_is_off_by_default(new_app):
    closed = new_app(METRICS="1", AUTH="jwt", JWT_SECRET=SECRET).test_client()

    assert closed.get("/images").status_code == 401
    assert closed.get("/metrics").status_code == 200
    assert new_app().test_client().get("/metrics").status_code == 404


@pytest.mark.parametrize(
    "settings", [{}, {"METRICS": "1", "AWS_LAMBDA_FUNCTION_NAME": "api"}], ids=["off", "lambda"]
)
def test_prometheus_is_imported_only_if_it_is_used(settings):
    code = "import sys, main; sys.exit('prometheus_client' in sys.modules)"

    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": "."} | settings)

    assert run.returncode == 0


def test_there_is_no_page_on_lambda(new_app):
    client = new_app(METRICS="1", AWS_LAMBDA_FUNCTION_NAME="api").test_client()

    assert client.get("/metrics").status_code == 404


@pytest.fixture
def call(new_app, capsys):
    """Call the Lambda handler of a service with METRICS=1; return its metric lines."""
    handler = new_handler(new_app(METRICS="1", AWS_LAMBDA_FUNCTION_NAME="api"))

    def call(event):
        handler(event, SimpleNamespace())
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        return [line for line in lines if "_aws" in line]

    return call


def check_embedded(line):
    """Fail unless CloudWatch can make metrics of the line."""
    assert line["_aws"]["Timestamp"] > 1_600_000_000_000
    for definition in line["_aws"]["CloudWatchMetrics"]:
        assert definition["Namespace"] == "image-service"
        dimensions = [name for names in definition["Dimensions"] for name in names]
        assert all(isinstance(line[name], str) for name in dimensions)
        assert all(
            isinstance(line[metric["Name"]], int | float) for metric in definition["Metrics"]
        )


def test_on_lambda_each_request_is_one_line(call, picture):
    body, content_type = multipart(picture, user_id="ana")

    (uploaded,) = call(http_api("POST", "/images", body, content_type=content_type))
    (missed,) = call(http_api("GET", "/images/nothing"))

    check_embedded(uploaded)
    check_embedded(missed)
    assert (uploaded["Route"], uploaded["Status"], uploaded["Outcome"]) == (
        "/images", "201", "stored",
    )  # fmt: skip
    assert uploaded["RequestBytes"] == len(body)
    assert uploaded["StoreCalls"] >= 3
    assert (uploaded["Renditions"], uploaded["RenditionFailures"]) == (1, 0)
    assert (missed["Route"], missed["Status"]) == ("/images/<image_id>", "404")
    assert (missed["StoreCalls"], missed["StoreErrors"]) == (1, 0)
    assert "Uploads" not in missed
    assert "Renditions" not in missed
