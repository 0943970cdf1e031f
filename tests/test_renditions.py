"""Renditions: in the answer to the upload, in lists, and made at the first request for them."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from tests.support import pictures
from tests.support.signed_tokens import SECRET, bearer

LARGE_JPEG = pictures.jpeg(2000, 1000)


@pytest.fixture
def view(client):
    """View an image, with parameters."""

    def get(image, **query):
        return client.get(f"/images/{image['image_id']}", query_string=query)

    return get


@pytest.fixture
def load(client):
    """Load a URL; return the response, with its bytes."""
    return lambda url: client.get(url, buffered=True)


@pytest.fixture
def lose_thumb(app):
    """Make an image one of an earlier version, which made no thumbs."""

    def forget(image):
        store = app.extensions["store"]
        with store.database.writing("test") as connection:
            connection.execute(
                "UPDATE images SET doc = json_remove(doc, '$.renditions', '$.color',"
                " '$.thumbhash', '$.privacy', '$.taken_at')"
            )
        record = store.images.get(image["image_id"])
        store.objects.delete(*record.own_keys[1:])

    return forget


def opened(response):
    """Return Pillow's picture of a response that must be a WebP."""
    assert (response.status_code, response.mimetype) == (200, "image/webp")
    picture = Image.open(io.BytesIO(response.data))
    assert picture.format == "WEBP"
    return picture


def test_a_thumb_is_there_from_the_first_answer(upload, view, load, client):
    image = upload(LARGE_JPEG, "photo.jpg", tags="a").json

    thumb = image["renditions"]["thumb"]
    assert list(image["renditions"]) == ["thumb"]
    assert list(thumb) == ["url", "width", "height", "content_type", "size"]
    assert (thumb["width"], thumb["height"]) == (320, 160)
    assert opened(load(thumb["url"])).size == (320, 160)
    assert thumb["size"] == len(load(thumb["url"]).data)
    assert view(image).json["renditions"] == image["renditions"]
    for query in ("", "?user_id=ana", "?tags=a"):
        (listed,) = client.get(f"/images{query}").json["images"]
        assert listed == image


def test_color_and_thumbhash_stand_in_for_it(upload):
    image = upload(pictures.png(64, 48, "#336699")).json

    assert image["color"].startswith("#")
    assert 20 <= len(image["thumbhash"]) <= 40


@pytest.mark.parametrize("name", ["jpeg", "png alpha", "gif animated", "webp", "tiff", "bmp"])
def test_every_decoded_format_has_a_thumb(upload, load, name):
    image = upload(pictures.sample(name)).json

    assert opened(load(image["renditions"]["thumb"]["url"])).size == (64, 48)


def test_a_thumb_is_never_larger_than_its_original(upload, view):
    image = upload(pictures.png(8, 8)).json

    large = view(image, rendition="large").json["renditions"]["large"]
    assert (large["width"], large["height"]) == (8, 8)
    assert image["renditions"]["thumb"]["width"] == 8


def test_large_is_made_when_it_is_wanted(upload, view, load):
    image = upload(LARGE_JPEG, "photo.jpg").json

    viewed = view(image, rendition="large").json

    large = viewed["renditions"]["large"]
    assert viewed["url"] == large["url"]
    assert (large["width"], large["height"], large["content_type"]) == (1600, 800, "image/webp")
    assert opened(load(viewed["url"])).size == (1600, 800)
    assert large["size"] == len(load(viewed["url"]).data)
    assert list(view(image).json["renditions"]) == ["thumb"]
    assert view(image, rendition="large").json == viewed


def test_thumb_is_the_url_of_a_view(upload, view, load):
    image = upload(LARGE_JPEG).json

    viewed = view(image, rendition="thumb").json

    assert viewed["url"] == image["renditions"]["thumb"]["url"]


def test_original_is_the_default(upload, view, load):
    image = upload().json

    assert view(image, rendition="original").json == view(image).json == image


@pytest.mark.parametrize("name", ["avif", "avif alpha"])
def test_what_is_not_decoded_gets_its_thumb_at_the_first_wish(upload, view, load, name):
    image = upload(pictures.sample(name)).json
    assert (image["renditions"], image["color"], image["thumbhash"]) == ({}, None, None)

    viewed = view(image, rendition="thumb").json

    assert opened(load(viewed["url"])).size == (64, 48)
    assert viewed["color"].startswith("#")
    assert view(image).json["renditions"] == {"thumb": viewed["renditions"]["thumb"]}
    assert view(image).json["thumbhash"] == viewed["thumbhash"]


def test_a_thumb_made_later_is_in_every_list(upload, view, client):
    image = upload(pictures.sample("avif"), tags="a").json

    thumb = view(image, rendition="thumb").json["renditions"]["thumb"]

    for query in ("", "?user_id=ana", "?tags=a"):
        (listed,) = client.get(f"/images{query}").json["images"]
        assert listed["renditions"] == {"thumb": thumb}


def test_a_lost_thumb_is_made_again(upload, view, load, app):
    image = upload(LARGE_JPEG).json
    store = app.extensions["store"]
    store.objects.delete(*store.images.get(image["image_id"]).own_keys[1:])
    assert load(image["renditions"]["thumb"]["url"]).status_code == 404

    viewed = view(image, rendition="thumb").json

    assert opened(load(viewed["url"])).size == (320, 160)


@pytest.mark.parametrize("name", ["Thumb", "small", "320", "thumb,large"])
def test_an_unknown_name_is_refused(upload, view, name):
    response = view(upload().json, rendition=name)

    assert response.status_code == 400
    (row,) = response.json["errors"]
    assert row == {"field": "rendition", "message": "Send one of: original, thumb, large."}


@pytest.mark.parametrize("rendition", ["thumb", "large"])
def test_a_download_is_named_after_its_format(upload, view, load, rendition):
    image = upload(name="Kätzchen.tar.png").json

    response = load(view(image, rendition=rendition, download="true").json["url"])

    assert "filename*=UTF-8''K%C3%A4tzchen.tar.webp" in response.headers["Content-Disposition"]


def test_the_rendition_of_a_view_lives_as_long_as_asked(upload, view, load):
    image = upload().json

    viewed = view(image, rendition="thumb", expires_in=60).json

    assert viewed["url"] != image["renditions"]["thumb"]["url"]
    assert "max-age=60" in load(viewed["url"]).headers["Cache-Control"]


@pytest.mark.parametrize("rendition", ["thumb", "large"])
def test_without_bytes_there_is_no_url(begin, view, rendition):
    viewed = view(begin().json, rendition=rendition)

    assert viewed.status_code == 200
    assert (viewed.json["url"], viewed.json["renditions"]) == (None, {})


def test_a_direct_upload_has_its_thumb_when_it_is_complete(begin, send, view, load, client):
    data = pictures.jpeg(640, 480)
    begun = begin(size=len(data), content_type="image/jpeg").json
    send(begun["upload"], data)

    image = view(begun).json

    assert opened(load(image["renditions"]["thumb"]["url"])).size == (320, 240)
    assert client.get("/images").json["images"] == [image]


def test_what_cannot_be_rendered_is_no_fault_of_the_upload(upload, view):
    # Viewers show it, Pillow does not: its pixels are not decoded at the upload.
    image = upload(pictures.tiff(mode="1", compression="group4")[:-9] + b"\0" * 9).json

    assert image["renditions"] == {} or image["renditions"]["thumb"]


def test_renditions_go_with_their_image(upload, view, load, client, app):
    image = upload(LARGE_JPEG).json
    urls = [view(image, rendition=name).json["url"] for name in ("thumb", "large")]

    client.delete(f"/images/{image['image_id']}")

    assert [load(url).status_code for url in urls] == [404, 404]
    assert list(app.extensions["objects"].list("images/")) == []
    assert view(image, rendition="large").status_code == 404


def test_renditions_count_towards_no_quota(new_app):
    client = new_app(MAX_BYTES_PER_USER=str(len(LARGE_JPEG))).test_client()
    form = {"user_id": "ana", "image_data": (io.BytesIO(LARGE_JPEG), "a.jpg")}
    image = client.post("/images", data=form).json

    assert client.get(f"/images/{image['image_id']}?rendition=large").status_code == 200


def test_uploads_go_on_while_others_want_renditions(upload, app):
    maker = app.extensions["image_service"].renditions.maker

    with maker.turn, maker.child_turn:
        assert upload().status_code == 201


def test_many_at_once_get_the_same(upload, app):
    image = upload(LARGE_JPEG).json
    path = f"/images/{image['image_id']}?rendition=large"

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: app.test_client().get(path).json, range(16)))

    assert len({answer["url"] for answer in answers}) == 1
    keys = list(app.extensions["objects"].list("images/"))
    assert len(keys) == 3


def test_images_of_earlier_versions_are_filled(upload, view, load, app, lose_thumb):
    image = upload(LARGE_JPEG).json
    lose_thumb(image)
    assert view(image).json["renditions"] == {}

    runner = app.test_cli_runner()
    first, second = (runner.invoke(args=["render", "--missing"]) for _ in range(2))

    assert '"made": 1' in first.output
    assert '"present": 1' in second.output
    again = view(image).json
    assert opened(load(again["renditions"]["thumb"]["url"])).size == (320, 160)
    assert again["color"] == image["color"]


def test_the_command_says_what_it_is_for(app):
    result = app.test_cli_runner().invoke(args=["render"])

    assert result.exit_code == 2
    assert "--missing" in result.output


def test_bob_gets_no_rendition_of_anas(new_app):
    client = new_app(AUTH="jwt", JWT_SECRET=SECRET).test_client()
    form = {"image_data": (io.BytesIO(LARGE_JPEG), "a.jpg")}
    image = client.post("/images", data=form, headers=bearer("ana")).json
    path = f"/images/{image['image_id']}?rendition="

    statuses = [client.get(path + name, headers=bearer("bob")).status_code
                for name in ("thumb", "large", "original")]  # fmt: skip

    assert statuses == [404] * 3
    assert client.get(path + "large", headers=bearer("ana")).status_code == 200


def test_a_retry_gets_the_same_thumb(upload):
    key = {"Idempotency-Key": "k"}
    first, second = (upload(LARGE_JPEG, headers=key).json for _ in range(2))

    assert first == second
    assert first["renditions"]["thumb"]


def test_the_original_is_what_was_sent(upload, load):
    image = upload(LARGE_JPEG).json

    assert hashlib.sha256(load(image["url"]).data).hexdigest() == image["sha256"]
