import re

from service.api.document.docs_routes import ASSETS


def test_it_works(client):
    response = client.get("/docs")

    assert response.status_code == 200
    assert response.content_type == "text/html; charset=utf-8"
    named = re.findall(r'(?:href|src)="docs/(.+?)"', response.text)
    assert set(named) == set(ASSETS)


def test_its_parts_are_served_from_here(client):
    for name, (_package, content_type) in ASSETS.items():
        response = client.get(f"/docs/{name}")
        assert response.status_code == 200
        assert response.mimetype == content_type
        assert "max-age" in response.headers["Cache-Control"]
        headers = {"If-None-Match": response.headers["ETag"]}
        assert client.get(f"/docs/{name}", headers=headers).status_code == 304


def test_the_policy_lets_nothing_in_from_elsewhere(client):
    policy = client.get("/docs").headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "connect-src 'self'" in policy


def test_every_link_is_relative(client):
    links = re.findall(r'(?:href|src)="(.+?)"', client.get("/docs").text)

    assert links
    assert not [link for link in links if link.startswith(("/", "http"))]
    assert 'url: "openapi.json"' in client.get("/docs/docs.js").text


def test_it_follows_the_colours_of_the_system(client):
    # tests/packaging/clients/docs_page.cjs runs the script.
    assert '<meta name="color-scheme" content="light dark">' in client.get("/docs").text
    assert "(prefers-color-scheme: dark)" in client.get("/docs/docs.js").text
    assert "html.dark-mode" in client.get("/docs/swagger-ui.css").text


def test_a_trailing_slash_leads_to_the_page(client):
    response = client.get("/docs/", environ_overrides={"SCRIPT_NAME": "/stage"})
    location = response.headers["Location"]

    assert (response.status_code, location) == (302, "http://localhost/stage/docs")


def test_other_files_are_not_served(client):
    for name in ("index.html", "docs.html", "__init__.py", "..", "%2e%2e%2fapp.py", "oauth2.js"):
        response = client.get(f"/docs/{name}")
        assert (response.status_code, response.json["type"]) == (404, "/problems/not-found")
