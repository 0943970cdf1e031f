"""What a person sees who opens an address in a browser, and that programs are told as before."""

import re
from html import unescape

import pytest

from service.common.version import VERSION
from tests.support.signed_tokens import SECRET

CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,"
    "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PEOPLE = (CHROME, FIREFOX, "text/html", "text/*", "text/html, application/json;q=0.9")
PROGRAMS = (
    None,
    "",
    "*/*",
    "application/json",
    "application/problem+json",
    "application/json, text/plain, */*",
    "text/html;q=0.5, application/json",
    "application/problem+json, text/html;q=0.9",
    "text/html, */*",
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "text/html;q=0",
    "nonsense",
    "a," * 4000,
)
IN_CHROME = {"Accept": CHROME}


@pytest.fixture
def altered(upload):
    """A file URL whose signature was altered."""
    return re.sub("signature=.", "signature=g", upload().json["url"])


def text_of(response):
    """Return the text of a page, its links and style left out."""
    assert response.content_type == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    return unescape(re.sub("<style>.*?</style>|<.*?>", "", response.text, flags=re.DOTALL))


def test_it_works(client, altered):
    response = client.get(altered, headers=IN_CHROME)
    text = text_of(response)

    assert response.status_code == 403
    assert "Use the URL exactly as it was given" in text
    assert response.headers["X-Request-Id"] in text
    assert 'href="http://localhost/problems/invalid-url"' in response.text
    assert response.headers["Vary"] == "Accept"


def test_an_expired_url_is_told(app, client, picture):
    url, _end = app.extensions["store"].file_urls.presign("images/a/b", -1, {"type": "image/png"})

    response = client.get(url, headers=IN_CHROME)

    assert response.status_code == 403
    assert "The URL has expired: GET the image again for a fresh one." in text_of(response)
    assert client.get(url).json["type"] == "/problems/invalid-url"


@pytest.mark.parametrize("accept", PEOPLE)
def test_people_see_a_page(client, altered, accept):
    for path, status in ((altered, 403), ("/nothing", 404), ("/images/x", 404)):
        response = client.get(path, headers={"Accept": accept})

        assert response.status_code == status
        assert text_of(response)


@pytest.mark.parametrize("accept", PROGRAMS)
def test_programs_get_json(client, altered, accept):
    headers = {} if accept is None else {"Accept": accept}
    for path in (altered, "/nothing", "/images?limit=0"):
        response = client.get(path, headers=headers)

        assert response.content_type == "application/problem+json"
        assert response.headers["Vary"] == "Accept"
    assert client.get("/", headers=headers).content_type == "application/json"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_only_what_a_browser_opens_is_a_page(client, method):
    response = client.open("/images/x", method=method, headers=IN_CHROME)

    assert response.content_type == "application/problem+json"
    assert "Vary" not in response.headers


def test_a_page_lists_what_is_wrong(client):
    text = text_of(client.get("/images?limit=0&%3Cb%3E=1", headers=IN_CHROME))

    assert "limit: Send a whole number from 1 to 100" in text
    assert "<b>: " in text


def test_a_lone_surrogate_is_shown_as_a_question_mark(client):
    response = client.get("/images?user_id=%ed%a0%80", headers=IN_CHROME)

    assert response.status_code == 400
    assert text_of(response)


def test_a_page_keeps_the_headers_of_its_problem(new_app):
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()

    response = client.get("/images", headers=IN_CHROME)

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert text_of(response)


def test_the_root_leads_on(client):
    told = client.get("/").json

    assert told["version"] == VERSION
    for name in ("docs", "openapi", "health", "images"):
        assert told[name].startswith("http://localhost/")
        assert client.get(told[name]).status_code == 200


def test_without_the_gallery_the_root_is_a_page_of_links(new_app):
    response = new_app(GALLERY="0").test_client().get("/", headers=IN_CHROME)

    assert response.status_code == 200
    assert "Image service" in text_of(response)
    links = re.findall('href="(.+?)"', response.text)
    assert {link.removeprefix("http://localhost/") for link in links} == {
        *("docs", "openapi.json", "health")
    }
    assert response.headers["Vary"] == "Accept"


def test_the_root_answers_other_methods(client):
    head = client.head("/")
    options = client.options("/")

    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Type"] == "application/json"
    assert (options.status_code, sorted(options.allow)) == (200, ["GET", "HEAD", "OPTIONS"])
    assert client.post("/").status_code == 405


def test_the_root_needs_no_token(new_app):
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET, RATE_LIMIT="1/day").test_client()

    assert [client.get("/").status_code for _ in range(3)] == [200] * 3


def test_the_root_is_under_the_public_url(new_app):
    settings = {"PUBLIC_URL": "https://photos.example.com/api", "GALLERY": "0"}
    client = new_app(**settings).test_client()

    assert client.get("/").json["docs"] == "https://photos.example.com/api/docs"
    assert 'href="https://photos.example.com/api/docs"' in client.get("/", headers=IN_CHROME).text
