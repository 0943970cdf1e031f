"""The gallery's page at the root, and the files that it names."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from service.web.gallery import FOLDER, PAGE, TYPES
from tests.support.signed_tokens import SECRET
from tests.test_browsers import IN_CHROME, PEOPLE, PROGRAMS


def page(client, **headers):
    """Return the page, as a browser gets it."""
    response = client.get("/", headers=IN_CHROME | headers)
    assert response.status_code == 200
    return response


def addresses(text):
    """Return what the page names, as it is written there."""
    return re.findall(r'(?:href|src)="(.*?)"', text)


def files(text):
    """Return the paths of the files that the page names, as if it were opened at /."""
    paths = {urljoin("/", address) for address in addresses(text)}
    return {path for path in paths if path.startswith("/gallery/")}


def test_it_works(client):
    response = page(client)

    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Vary"] == "Accept"
    names = {path.split("/", 3)[3] for path in files(response.text)}
    assert names >= {"gallery.css", "icon.svg", "main.js"}
    for path in files(response.text):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("accept", PEOPLE)
def test_people_see_the_gallery(client, accept):
    response = client.get("/", headers={"Accept": accept})

    assert response.mimetype == "text/html"
    assert "<noscript>" in response.text


@pytest.mark.parametrize("accept", PROGRAMS)
def test_programs_are_told_where_to_go_on(client, accept):
    response = client.get("/", headers={} if accept is None else {"Accept": accept})

    assert response.content_type == "application/json"
    assert response.headers["Vary"] == "Accept"
    for name, path in (("docs", "/docs"), ("openapi", "/openapi.json"), ("health", "/health")):
        assert response.json[name] == f"http://localhost{path}"


def test_the_page_is_loaded_again_only_when_it_changes(client):
    tag = page(client).headers["ETag"]

    response = client.get("/", headers=IN_CHROME | {"If-None-Match": tag})
    other = client.get("/", headers=IN_CHROME | {"If-None-Match": '"other"'})

    assert not tag.startswith("W/")
    assert (response.status_code, response.data, other.status_code) == (304, b"", 200)
    for name in ("Content-Security-Policy", "Cache-Control", "ETag", "Vary"):
        assert response.headers[name] == other.headers[name]


def test_files_stay_in_the_browser(client):
    for path in files(page(client).text):
        response = client.get(path)
        tag = response.headers["ETag"]
        again = client.get(path, headers={"If-None-Match": tag})

        assert response.mimetype == TYPES[Path(path).suffix]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not tag.startswith("W/")
        assert (again.status_code, again.data) == (304, b"")
        for one in (response, again):
            assert one.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_other_methods_are_answered_as_everywhere(client):
    for path in ("/", *files(page(client).text)):
        head = client.head(path, headers=IN_CHROME)
        get = client.get(path, headers=IN_CHROME)
        options = client.options(path)
        post = client.post(path)

        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
            assert head.headers[name] == get.headers[name]
        assert options.headers["Allow"] == post.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert (options.status_code, post.status_code) == (200, 405)


def test_nothing_else_is_served(client):
    path = next(iter(files(page(client).text)))
    folder = "/".join(path.split("/", 3)[:3])
    wrong = ["index.html", "gallery.py", "../gallery.py", "../../app.py", "%2e%2e/gallery.py", ""]
    wrong += ["/etc/passwd", "nothing.js", "main.js/", "./main.js", "MAIN.JS"]

    for name in [f"{folder}/{name}" for name in wrong] + [
        path.replace(folder, "/gallery/0123456789abcdef"), "/gallery/main.js", "/gallery/",
    ]:  # fmt: skip
        response = client.get(name)

        assert (response.status_code, response.json["type"]) == (404, "/problems/not-found"), name
        assert response.headers["Cache-Control"] == "no-store"


def test_it_can_be_turned_off(new_app, client):
    off = new_app(GALLERY="0").test_client()

    assert "<noscript>" not in off.get("/", headers=IN_CHROME).text
    for path in files(page(client).text):
        assert off.get(path).status_code == 404


def test_it_needs_no_token_and_counts_for_nobody(new_app):
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET, RATE_LIMIT="1/day").test_client()

    text = page(client).text

    assert 'data-auth="jwt"' in text
    for path in sorted(files(text)) * 2:
        assert client.get(path).status_code == 200
    assert client.get("/images").status_code == 401


def test_the_first_list_is_asked_for_with_the_page(client, new_app):
    scripts = (FOLDER / "looking/image_list.js").read_text()
    limit = re.search(r"const PAGE = ([0-9]+);", scripts)[1]
    link = f'<link rel="preload" as="fetch" crossorigin href="images?limit={limit}">'
    others = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()

    assert link in page(client).text
    # It would be another list, or need a token.
    assert 'preload" as' not in client.get("/?q=cat", headers=IN_CHROME).text
    assert 'preload" as' not in page(others).text


def test_it_knows_the_settings(new_app):
    text = page(new_app(MAX_IMAGE_SIZE="5000", MAX_INLINE_SIZE="400").test_client()).text

    for name, value in (("auth", "none"), ("max-image-size", 5000), ("max-inline-size", 400)):
        assert f'data-{name}="{value}"' in text
    assert not re.search(r"[{}]", text)


def test_what_is_loaded_later_is_served_too(client):
    folder = "/".join(min(files(page(client).text)).split("/")[:3])

    for path in FOLDER.rglob("*.*"):
        response = client.get(f"{folder}/{path.relative_to(FOLDER).as_posix()}")

        assert response.status_code == (404 if path.name == PAGE else 200)
