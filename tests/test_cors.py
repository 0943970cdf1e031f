"""Which pages may use the service from a browser."""

import io

import boto3
import pytest
from moto import mock_aws

from service.common import config
from service.models.page_headers import EXPOSED_HEADERS
from service.repositories.aws import provision
from tests.support.deployment import Deployment
from tests.support.signed_tokens import SECRET, bearer

PAGE = "https://app.example.com"
BUCKET = {"BUCKET_NAME": "images", "TABLE_NAME": "images", "AUTH": "none"}
STRANGER = "https://evil.example.com"
ASKING = {"Access-Control-Request-Method": "POST"}


@pytest.fixture
def client(new_app):
    """A client of a service that requires tokens and allows two origins."""
    settings = {"CORS_ORIGINS": f"{PAGE}, http://localhost:3000"}
    return new_app(AUTH="jwt", JWT_SECRET=SECRET, **settings).test_client()


@pytest.fixture
def open_client(new_app):
    """A client of a service that allows every origin."""
    return new_app(CORS_ORIGINS="*").test_client()


def preflight(client, path, origin, **headers):
    """Send a preflight, as a browser does before the request of a page."""
    return client.options(path, headers=ASKING | {"Origin": origin} | headers)


def methods(response):
    """Return the methods that a preflight allows."""
    return response.headers["Access-Control-Allow-Methods"].split(", ")


def test_it_works(client):
    response = client.get("/images", headers=bearer("ana") | {"Origin": PAGE})

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert response.headers["Access-Control-Expose-Headers"] == (
        "ETag, Content-Range, Content-Disposition, WWW-Authenticate, Link, Location, Retry-After, "
        "X-Request-Id"
    )
    assert response.headers["Vary"] == "Origin"
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:3000"])
def test_a_preflight_needs_no_token(client, origin):
    response = preflight(client, "/images", origin)

    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == origin
    allowed = response.headers["Access-Control-Allow-Methods"].split(", ")
    assert set(allowed) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert response.headers["Access-Control-Max-Age"] == "7200"
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    "asked",
    ["authorization,content-type", "cache-control,x-requested-with", "x-amz-meta-a, If-Match"],
)
@pytest.mark.parametrize("path", ["/images", "/files/images/0123/4567"])
def test_a_preflight_allows_what_it_asks_for(client, path, asked):
    response = preflight(client, path, PAGE, **{"Access-Control-Request-Headers": asked})

    assert response.headers["Access-Control-Allow-Headers"] == asked
    assert "Access-Control-Request-Headers" in response.headers["Vary"]


@pytest.mark.parametrize("asked", [None, "", "a" * 4001, "é", "a(b)", "a\tb"])
def test_other_texts_are_no_names_of_headers(client, asked):
    headers = {} if asked is None else {"Access-Control-Request-Headers": asked}

    response = preflight(client, "/images", PAGE, **headers)

    assert response.status_code == 204
    assert "Access-Control-Allow-Headers" not in response.headers


def test_a_preflight_tells_the_methods_of_its_path(client):
    image = preflight(client, "/images/0123", PAGE)
    batch = preflight(client, "/images/batch", PAGE)
    direct = preflight(client, "/files/incoming/0123/4567", PAGE)
    nothing = preflight(client, "/nothing", PAGE)

    assert {"DELETE", "PATCH"} <= set(methods(image))
    assert "POST" in methods(batch)
    assert "POST" in methods(preflight(client, "/images/0123/restore", PAGE))
    assert "POST" not in methods(image)
    assert "PUT" in methods(direct)
    assert nothing.status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": STRANGER} | ASKING,
        {"Origin": PAGE + ".evil.example"} | ASKING,
        {"Origin": PAGE.upper()} | ASKING,
        {"Origin": "null"} | ASKING,
        {"Origin": "*"} | ASKING,
        {"Origin": PAGE},
        ASKING,
        {},
    ],
)
def test_other_options_still_need_a_token(client, headers):
    response = client.options("/images", headers=headers)

    assert response.status_code == 401
    assert "Access-Control-Allow-Methods" not in response.headers
    assert "Origin" in response.headers["Vary"]


def test_only_options_is_let_through(client):
    headers = ASKING | {"Origin": PAGE}

    for method in ("GET", "HEAD", "POST", "PUT"):
        assert client.open("/images", method=method, headers=headers).status_code in (401, 405)


@pytest.mark.parametrize("path", ["/images", "/nothing", "/health", "/files/images/a/b", "/docs"])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_every_answer_can_be_read_by_the_page(client, path, method):
    mine = client.open(path, method=method, headers={"Origin": PAGE})
    theirs = client.open(path, method=method, headers={"Origin": STRANGER})

    assert mine.headers["Access-Control-Allow-Origin"] == PAGE
    assert "X-Request-Id" in mine.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in theirs.headers
    assert "Origin" in mine.headers["Vary"]
    assert "Origin" in theirs.headers["Vary"]


def test_the_page_may_read_the_file_itself(new_app, picture):
    client = new_app(CORS_ORIGINS=PAGE).test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}
    url = client.post("/images", data=form).json["url"]

    with client.get(url, headers={"Origin": PAGE}) as response:
        assert response.data == picture
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert "Origin" in response.headers["Vary"]


def test_a_page_may_change_an_image_that_it_has_read(new_app, picture):
    client = new_app(CORS_ORIGINS=PAGE).test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}
    path = f"/images/{client.post('/images', data=form).json['image_id']}"
    viewed = client.get(path, headers={"Origin": PAGE})
    asked = {"Access-Control-Request-Headers": "content-type,if-match"}

    allowed = preflight(client, path, PAGE, **asked)
    changed = client.patch(
        path, json={"tags": ["a"]}, headers={"Origin": PAGE, "If-Match": viewed.headers["ETag"]}
    )

    assert "ETag" in viewed.headers["Access-Control-Expose-Headers"]
    assert "PATCH" in methods(allowed)
    assert allowed.headers["Access-Control-Allow-Headers"] == "content-type,if-match"
    assert changed.status_code == 200
    assert changed.headers["Access-Control-Allow-Origin"] == PAGE


def test_a_star_lets_every_page_in(open_client):
    asked = preflight(open_client, "/images", STRANGER)
    answer = open_client.get("/nothing", headers={"Origin": "null"})

    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_script_may_read_what_an_img_has_loaded(open_client, picture):
    form = {"user_id": "ana", "image_data": (io.BytesIO(picture), "cat.png")}
    url = open_client.post("/images", data=form).json["url"]

    # An <img> sends no Origin. Its answer is kept, and then serves the script of the same page.
    with open_client.get(url) as response:
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_without_the_setting_there_is_nothing(new_app):
    client = new_app().test_client()

    for response in (preflight(client, "/images", PAGE), client.get("/images")):
        assert response.status_code == 200
        assert "Vary" not in response.headers
        assert not [name for name in dict(response.headers) if name.startswith("Access-Control")]


def test_pages_may_read_the_same_headers_everywhere():
    (deployed,) = Deployment().properties("Bucket")["CorsConfiguration"]["CorsRules"]

    assert deployed["ExposedHeaders"] == list(EXPOSED_HEADERS)
    assert provision.cors_rule([PAGE])["ExposeHeaders"] == list(EXPOSED_HEADERS)


@pytest.mark.parametrize("times", [1, 2])
def test_the_bucket_learns_the_origins_and_keeps_its_rules(times):
    settings = config.load(
        BUCKET | {"CORS_ORIGINS": PAGE, "PUBLIC_URL": "https://Me.example:443/a"}
    )
    theirs = {"ID": "theirs", "AllowedOrigins": [STRANGER], "AllowedMethods": ["GET"]}
    with mock_aws():
        s3 = boto3.client("s3", "us-east-1")
        s3.create_bucket(Bucket="images")
        s3.put_bucket_cors(Bucket="images", CORSConfiguration={"CORSRules": [theirs]})

        for _ in range(times):
            provision.allow_origins(s3, settings)

        rules = s3.get_bucket_cors(Bucket="images")["CORSRules"]
    assert [rule["ID"] for rule in rules] == ["theirs", "image-service"]
    assert rules[1] == provision.cors_rule([PAGE, "https://me.example"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("*",)),
        ({"GALLERY": "0"}, ()),
        ({"GALLERY": "0", "PUBLIC_URL": "https://me.example"}, ()),
        ({"GALLERY": "0", "CORS_ORIGINS": PAGE}, (PAGE,)),
        ({"CORS_ORIGINS": PAGE}, ("*",)),
        ({"PUBLIC_URL": "http://[::1]:8000/a"}, ("http://[::1]:8000",)),
        ({"PUBLIC_URL": f"{PAGE}/a", "CORS_ORIGINS": PAGE}, (PAGE,)),
        ({"PUBLIC_URL": "https://me.example", "CORS_ORIGINS": "*"}, ("*",)),
    ],
)
def test_the_gallery_may_use_the_bucket_too(values, expected):
    assert config.load(BUCKET | values).bucket_origins == expected
