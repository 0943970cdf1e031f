"""`sweep --audit`: what it counts, and what is a fault."""

import io

import pytest

from service.models.renditions import rendition_key
from tests.repositories.sample_images import CONTENT, add, sample


@pytest.fixture
def images(app):
    """The records of the app."""
    return app.extensions["image_service"].images


@pytest.fixture
def objects(app):
    """The objects of the app."""
    return app.extensions["objects"]


def test_it_works(sweep, images, objects, image_id, upload, client):
    client.delete(f"/images/{upload().json['image_id']}")
    died = sample()
    images.begin(died)
    objects.put(died, io.BytesIO(CONTENT))
    refused = sample(direct=True)
    images.begin(refused)
    images.refuse(refused)

    assert sweep("--audit") == {
        "images": 1,
        "trashed": 0,
        "pending": 1,
        "refused": 1,
        "tombstones": 1,
        "unknown": 0,
        "objects": 3,
        "images_without_object": 0,
        "images_without_thumb": 0,
        "stray_objects": 0,
        "miscounted_tags": 0,
        "miscounted_totals": 0,
        "faults": 0,
    }


def test_the_exit_code_follows_the_faults_only(app, sweep, images, objects):
    images.begin(sample())
    with app.extensions["store"].database.writing("test") as connection:
        connection.execute("UPDATE images SET state = 'archived'")
    assert sweep("--audit")["unknown"] == 1

    add(images)
    objects.put(sample(), io.BytesIO(CONTENT))
    assert sweep("--audit", code=1)["faults"] == 2


def test_the_help_says_which_figure_must_be_0(app):
    text = app.test_cli_runner().invoke(args=["sweep", "--help"]).stdout

    assert "`faults` must be 0" in text
    assert "all figures" not in text


def test_it_finds_a_stray_object(sweep, objects):
    objects.put(sample(), io.BytesIO(CONTENT))

    assert sweep("--audit", code=1)["stray_objects"] == 1


def test_it_finds_a_lost_thumb(sweep, images, objects, image_id):
    objects.delete(rendition_key(images.get(image_id).object_key, "thumb"))

    figures = sweep("--audit", code=1)

    assert (figures["images_without_thumb"], figures["faults"]) == (1, 1)


def test_a_rendition_that_no_record_names_is_no_stray(sweep, client, image_id):
    client.get(f"/images/{image_id}?rendition=large")

    figures = sweep("--audit")

    assert (figures["objects"], figures["stray_objects"]) == (3, 0)


@pytest.mark.parametrize("content", [None, b"half"])
def test_it_finds_a_lost_or_partial_object(sweep, images, objects, content):
    image = add(images)
    if content:
        objects.put(image, io.BytesIO(content))

    assert sweep("--audit", code=1)["images_without_object"] == 1
