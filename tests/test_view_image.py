from datetime import UTC, datetime

import pytest
from werkzeug.http import parse_options_header


def test_it_works(client, upload):
    image = upload(filename="cat.png", tags="a", description="x").json

    response = client.get(f"/images/{image['image_id']}")

    assert response.status_code == 200
    assert list(response.json) == list(image)
    fleeting = {"url", "url_expires_at"}
    assert {name: value for name, value in response.json.items() if name not in fleeting} == {
        name: value for name, value in image.items() if name not in fleeting
    }


def test_bob_may_view_any_image_without_auth(client, image_id):
    # AUTH=none: user_id is a label, ownership is not checked.
    assert client.get(f"/images/{image_id}").json["user_id"] == "ana"


@pytest.mark.parametrize(
    "image_id", ["x", "0" * 32, "A" * 32, "0" * 31, "0" * 33, "%00", "é", "entry%23a", "..", "*"]
)
def test_what_is_not_there_is_not_found(client, image_id):
    response = client.get(f"/images/{image_id}")

    assert response.status_code == 404
    assert response.json["type"] in ("/problems/image-not-found", "/problems/not-found")


def test_an_id_is_matched_whole(client, image_id):
    for text in (image_id.upper(), image_id + "%0A", "%20" + image_id, image_id[:-1]):
        if text != image_id:
            assert client.get(f"/images/{text}").status_code == 404


@pytest.mark.parametrize("word", ["true", "1", "TRUE", "True"])
def test_download_saves_under_the_name(client, upload, picture, word):
    name = 'Été "写真" 😀; 100%.png'
    image_id = upload(filename=name).json["image_id"]

    url = client.get(f"/images/{image_id}?download={word}").json["url"]
    response = client.get(url, buffered=True)

    kind, named = parse_options_header(response.headers["Content-Disposition"])
    assert (kind, named["filename"]) == ("attachment", name)
    assert (response.data, response.content_type) == (picture, "image/png")


@pytest.mark.parametrize("query", ["", "?download=false", "?download=0"])
def test_without_download_the_browser_shows_it(client, image_id, query):
    url = client.get(f"/images/{image_id}{query}").json["url"]

    assert "Content-Disposition" not in client.get(url, buffered=True).headers


@pytest.mark.parametrize(("query", "seconds"), [("1", 1), ("604800", 604800), ("0060", 60)])
def test_the_url_ends_after_expires_in(client, image_id, query, seconds):
    before = datetime.now(UTC)
    image = client.get(f"/images/{image_id}?expires_in={query}").json

    lives = datetime.fromisoformat(image["url_expires_at"]) - before
    assert seconds - 2 < lives.total_seconds() < seconds + 60


def test_by_default_the_url_works_for_45_to_60_minutes(client, image_id):
    before = datetime.now(UTC)
    image = client.get(f"/images/{image_id}").json

    lives = datetime.fromisoformat(image["url_expires_at"]) - before
    assert 44 * 60 < lives.total_seconds() < 61 * 60


def test_uploads_lists_and_views_give_one_url(client, upload):
    image = upload().json

    listed = client.get("/images").json["images"][0]
    viewed = client.get(f"/images/{image['image_id']}").json

    # A quarter of an hour may have begun since.
    again = client.get("/images").json["images"][0]
    assert listed["url"] in (image["url"], viewed["url"], again["url"])
    assert viewed["url"] in (listed["url"], again["url"])


@pytest.mark.parametrize(
    "expires_in",
    ["0", "604801", "-1", "1e3", "٣", "1_000", " 5", "5 ", "+5", "5.0", "0x10", "9" * 5000],
)
def test_invalid_values_of_expires_in_are_refused(client, image_id, expires_in):
    response = client.get(f"/images/{image_id}", query_string={"expires_in": expires_in})

    assert response.status_code == 400
    (row,) = response.json["errors"]
    assert row["field"] == "expires_in"
    assert row["message"].startswith("Send a whole number from 1 to 604800 seconds")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("download=yes", "download"),
        ("download=2", "download"),
        ("download=true&download=true", "download"),
        ("expires_in=5&expires_in=5", "expires_in"),
        ("user_id=ana", "user_id"),
        ("width=100", "width"),
        ("tags=a&tags=b", "tags"),
    ],
)
def test_parameters_are_refused_by_name(client, image_id, query, field):
    response = client.get(f"/images/{image_id}?{query}")

    assert response.status_code == 400
    assert [row["field"] for row in response.json["errors"]] == [field]


def test_size_width_and_height_are_json_integers(client, image_id):
    image = client.get(f"/images/{image_id}").json

    assert {type(image[name]) for name in ("size", "width", "height")} == {int}
