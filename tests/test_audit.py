"""`sweep --audit`: what it counts, and what is a fault."""

import io

import pytest

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
        "pending": 1,
        "refused": 1,
        "tombstones": 1,
        "unknown": 0,
        "objects": 2,
        "images_without_object": 0,
        "stray_objects": 0,
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


@pytest.mark.parametrize("content", [None, b"half"])
def test_it_finds_a_lost_or_partial_object(sweep, images, objects, content):
    image = add(images)
    if content:
        objects.put(image, io.BytesIO(content))

    assert sweep("--audit", code=1)["images_without_object"] == 1
