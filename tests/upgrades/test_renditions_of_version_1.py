"""Images of the first version, which made no renditions, get them from this version."""

import io
import json

import pytest
from PIL import Image

from tests.upgrades.story import object_keys
from tests.upgrades.test_version_1 import FOLDER
from tests.upgrades.uploads import as_recorded, ask, bytes_of, fetch, keyed

# All that a rendition made later changes in a record.
CHANGED = {"renditions", "color", "thumbhash", "revision"}


@pytest.fixture
def folder():
    return FOLDER


@pytest.fixture
def records(app):
    return app.extensions["image_service"].images


@pytest.fixture
def render(client, app):
    """Run the command; return its figures that are not 0."""

    def run():
        result = app.test_cli_runner().invoke(args=["render", "--missing"])
        assert (result.exit_code, result.stderr) == (0, "")
        return {name: count for name, count in json.loads(result.stdout).items() if count}

    return run


@pytest.fixture
def look(client):
    """View an image with a rendition; return the JSON."""

    def view(upload, name):
        response = client.get(f"/images/{upload['image_id']}?rendition={name}")
        assert response.status_code == 200
        return response.json

    return view


def shown(client, url):
    """Return (format, width, height, bytes) of the picture at a URL."""
    content = fetch(client, url)
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.format, *picture.size, len(content)


def told(rendition):
    """Return what `shown` must return for a rendition, by its answer."""
    return "WEBP", rendition["width"], rendition["height"], rendition["size"]


@pytest.mark.parametrize("name", ["thumb", "large"])
def test_it_works(client, uploads, look, name):
    for upload in uploads("ready"):
        image = look(upload, name)

        assert shown(client, image["url"]) == told(image["renditions"][name])
        assert as_recorded(image, upload) == upload["image"]
        assert look(upload, name)["renditions"] == image["renditions"]


def test_nothing_is_told_that_is_not_there(uploads, view):
    for upload in uploads("ready"):
        image = view(upload).json

        assert image["renditions"] == {}
        assert [image[name] for name in ("color", "thumbhash", "privacy", "taken_at")] == [None] * 4


def test_all_of_them_can_be_made_at_once(client, uploads, view, render, sweep):
    ready = uploads("ready")

    figures = [render(), render()]

    assert figures == [{"made": len(ready)}, {"present": len(ready)}]
    for upload in ready:
        image = view(upload).json
        thumb = image["renditions"]["thumb"]
        assert shown(client, thumb["url"]) == told(thumb)
        assert fetch(client, image["url"]) == bytes_of(upload["request"])
        assert image["color"].startswith("#")
    assert sweep("--audit")["images_without_thumb"] == 0


def test_lists_show_them_as_before(expected, listed, client, render):
    render()

    assert [listed(one["query"]) for one in expected["lists"]] == [
        one["ids"] for one in expected["lists"]
    ]
    for one in expected["lists"]:
        images = client.get("/images", query_string=one["query"] | {"limit": 100}).json["images"]
        assert {tuple(image["renditions"]) for image in images} == {("thumb",)}


def test_nothing_else_of_a_record_changes(uploads, records, render):
    ready = uploads("ready")
    before = [vars(records.get(upload["image_id"])) for upload in ready]

    render()

    after = [vars(records.get(upload["image_id"])) for upload in ready]
    for old, new in zip(before, after, strict=True):
        assert {name for name in old if old[name] != new[name]} == CHANGED


def test_a_retry_still_gets_the_image_made_before(client, uploads, render):
    made = keyed(uploads("ready"))
    render()

    answers = [ask(client, upload["request"]) for upload in made]

    assert {answer.status_code for answer in answers} == {201}
    for upload, answer in zip(made, answers, strict=True):
        assert as_recorded(answer.json, upload) == upload["image"]
        assert list(answer.json["renditions"]) == ["thumb"]


def test_a_deleted_image_takes_them_along(client, app, uploads, look, sweep):
    objects = app.extensions["objects"]
    for upload in uploads("ready"):
        look(upload, "thumb")
        look(upload, "large")

        assert client.delete(f"/images/{upload['image_id']}").status_code == 204

        left = {key for key in object_keys(objects) if upload["image_id"] in key}
        assert [key for key in left if key.endswith(".webp")] == []
    for _ in range(3):
        sweep()
    assert sweep("--audit")["faults"] == 0


@pytest.mark.parametrize("became", ["given up", "died", "arrived"])
def test_what_becomes_ready_now_has_a_thumb(client, uploads, view, became):
    (upload,) = uploads(became)

    image = view(upload).json if became == "arrived" else ask(client, upload["request"]).json

    thumb = image["renditions"]["thumb"]
    assert shown(client, thumb["url"]) == told(thumb)
