"""A record that cannot be read, because something else wrote it, does not stop the sweep."""

import contextlib
import json
import logging
import sqlite3

import pytest

from service.models.image import DELETING
from tests.repositories.sample_images import sample
from tests.support.moments import await_next_moment

DAMAGED = ("{", "[]", "null", "")


@pytest.fixture
def app(new_app):
    """The app on the embedded store, with a grace time of 0."""
    return new_app(GRACE_SECONDS="0")


@pytest.fixture
def sweep(app):
    """Sweep what is due by now; return the figures."""

    def run():
        await_next_moment()
        return app.extensions["sweep"].run()

    return run


def damage(image_id, doc, tmp_path):
    """Write a doc into a record."""
    with contextlib.closing(sqlite3.connect(tmp_path / "data/images.db")) as connection, connection:
        connection.execute("UPDATE images SET doc = ? WHERE image_id = ?", (doc, image_id))


@pytest.mark.parametrize("doc", DAMAGED)
def test_the_sweep_goes_on_after_a_damaged_record(app, sweep, tmp_path, doc, caplog):
    images = app.extensions["image_service"].images
    damaged, died = sample(), sample()
    assert images.begin(damaged)
    assert images.begin(died)
    damage(damaged.image_id, doc, tmp_path)

    with caplog.at_level(logging.ERROR):
        figures = sweep()

    assert (figures["failed"], figures["condemned"]) == (1, 1)
    assert images.get(died.image_id).state == DELETING
    assert [line.image_id for line in caplog.records] == [damaged.image_id]


def test_a_mended_record_is_swept(app, sweep, tmp_path):
    image = sample()
    assert app.extensions["image_service"].images.begin(image)
    damage(image.image_id, "{", tmp_path)
    assert sweep()["failed"] == 1

    damage(image.image_id, json.dumps(json.loads(image.doc())), tmp_path)

    assert sweep()["condemned"] == 1
