"""PUBLIC_URL: the one root of every URL of the service's own."""

import re
from urllib.parse import urlsplit

import pytest

from service.common import config
from tests.support import pictures

ROOT = "https://photos.example.com:8443/api"


@pytest.fixture
def app(new_app, request):
    return new_app(**getattr(request, "param", {"PUBLIC_URL": f"{ROOT}/"}))


def inside(url):
    """Return the path of a URL as the proxy passes it on: without the prefix."""
    assert url.startswith(f"{ROOT}/")
    return url.removeprefix(ROOT)


def test_it_works(client, upload, picture):
    uploaded = upload()
    url = inside(uploaded.json["url"])

    assert inside(uploaded.headers["Location"]) == f"/images/{uploaded.json['image_id']}"
    assert url.startswith("/files/images/")
    assert client.get(url, buffered=True).data == picture
    shown = client.get(inside(uploaded.headers["Location"])).json
    listed = client.get("/images").json["images"][0]
    for image in (shown, listed):
        assert client.get(inside(image["url"]), buffered=True).data == picture


def test_the_next_page_is_under_it(client, upload):
    for size in (8, 9, 10):
        upload(pictures.png(size, size))

    seen, url = [], f"{ROOT}/images?limit=1&user_id=ana"
    while url:
        page = client.get(inside(url))
        seen += page.json["images"]
        url = page.headers.get("Link", "<>").partition(">")[0].lstrip("<")

    assert [image["width"] for image in seen] == [10, 9, 8]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_direct_upload_goes_there(client, begin, send, picture, method):
    begun = begin(method=method)
    upload = begun.json["upload"]

    assert ROOT in upload["curl"]
    assert send(upload | {"url": inside(upload["url"])}).status_code in (200, 204)
    assert client.get(inside(begun.headers["Location"])).json["status"] == "ready"


def test_programs_find_it_in_the_api_document(client):
    assert client.get("/openapi.json").json["servers"] == [{"url": ROOT}]


def test_the_docs_lead_on_under_any_prefix(client):
    assert client.get("/docs/").headers["Location"] == f"{ROOT}/docs"


def test_the_type_of_a_problem_never_changes(client):
    problem = client.get("/images/nothing").json

    assert problem["type"] == "/problems/image-not-found"
    assert problem["instance"] == "/images/nothing"


def test_links_of_a_problems_page_are_under_it(client):
    links = re.findall(r'href="(.+?)"', client.get("/problems/too-large").text)

    assert links == [f"{ROOT}/docs"]


def test_no_header_changes_it(client, upload):
    headers = {"Host": "a", "X-Forwarded-Host": "b", "X-Forwarded-Proto": "http"}

    assert inside(upload(headers=headers).json["url"])


@pytest.mark.parametrize("app", [{}], indirect=True)
def test_without_it_the_request_says_where(client, upload):
    headers = {"Host": "photos.example.com", "X-Forwarded-Proto": "https"}
    upload(headers=headers)
    uploaded = upload(headers=headers)
    link = client.get("/images?limit=1", headers=headers).headers["Link"]

    for url in (uploaded.json["url"], uploaded.headers["Location"], link.lstrip("<")):
        assert urlsplit(url)[:2] == ("https", "photos.example.com")


@pytest.mark.parametrize(
    "value",
    ["http://a", "https://a.b:65535", "https://a/b/c.d/~e", "http://[::1]:80/x", "http://my_host/"],
)
def test_addresses_that_are_understood(value):
    assert config.load({"PUBLIC_URL": value}).public_url == value.rstrip("/")


@pytest.mark.parametrize(
    "value",
    ["photos.example.com", "/api", "ftp://a", "https://", "https://a?b", "https://a/#b", "https://ü",
     "https://u:p@a", "https://a/../b", "https://a/./b", "https://a//b", "https://a:0",
     "https://a:65536", "https://a b", "https://a/<b>", "https://a/%zz", "https://a//"],
)  # fmt: skip
def test_addresses_that_are_none_stop_the_start(value):
    with pytest.raises(config.ConfigError, match="PUBLIC_URL="):
        config.load({"PUBLIC_URL": value})
