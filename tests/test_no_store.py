"""No cache keeps an answer that has signed URLs."""

import pytest

from service.running.lambda_handler import new_handler
from tests.support.gateway_events import http_api
from tests.support.signed_tokens import SECRET


def test_it_works(upload, upload_json, begin, client):
    image_id = upload().json["image_id"]
    answers = [
        upload(),
        upload_json(),
        begin(),
        client.get("/images"),
        client.head("/images"),
        client.get("/images/"),
        client.get("/images?limit=1"),
        client.get(f"/images/{image_id}"),
        client.get(f"/images/{image_id}?download=true"),
        client.patch(f"/images/{image_id}", json={"tags": ["a"]}),
        client.post(f"/images/{image_id}/restore"),
        client.post("/images/batch", json={"image_ids": ["x"], "action": "restore"}),
        client.delete(f"/images/{image_id}?trash=true"),
        client.delete(f"/images/{image_id}"),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 202] + [200] * 9 + [204] * 2
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_problems_are_not_kept_either(upload, client):
    answers = [
        client.get("/images/nothing"),
        client.get("/images?limit=0"),
        client.put("/images"),
        client.post("/images", data="x"),
        client.get("/images/a/b"),
    ]

    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_a_refused_token_is_not_kept(new_app):
    response = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client().get("/images")

    assert (response.status_code, response.headers["Cache-Control"]) == (401, "no-store")


def test_on_lambda_too(app):
    answer = new_handler(app)(http_api("GET", "/images"), None)

    assert answer["statusCode"] == 200
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_pages_of_other_origins_read_it_as_before(new_app):
    client = new_app(CORS_ORIGINS="https://app.example.com").test_client()

    response = client.get("/images", headers={"Origin": "https://app.example.com"})

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/problems/not-found"])
def test_other_answers_may_be_kept(client, path):
    assert "no-store" not in client.get(path).headers.get("Cache-Control", "")


def test_a_files_bytes_may_be_kept(upload, client):
    response = client.get(upload().json["url"], buffered=True)

    assert "no-store" not in response.headers["Cache-Control"]
    assert response.headers["ETag"]
