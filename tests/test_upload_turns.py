"""Uploads wait for their check in the order of users."""

import contextlib
import threading

import pytest


@pytest.fixture
def turns(app):
    return app.extensions["image_service"].inspector.turns.small


def owners_that_wait(turns, ask):
    """Return who waits while somebody asks and others hold all turns; then let him go on."""
    with contextlib.ExitStack() as stack:
        for _ in range(turns.free):
            stack.enter_context(turns.one("bob", 0, "busy"))
        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive() and not turns.waiting:
            pass
        owners = list(turns.waiting)
    thread.join()
    return owners


def test_an_upload_waits_as_its_user(turns, upload):
    statuses = []

    assert owners_that_wait(turns, lambda: statuses.append(upload().status_code)) == ["ana"]
    assert statuses == [201]


def test_a_direct_upload_waits_as_its_user(turns, client, begin, send):
    pending = begin().json
    send(pending["upload"])
    path, found = f"/images/{pending['image_id']}", []

    assert owners_that_wait(turns, lambda: found.append(client.get(path).json)) == ["ana"]
    assert found[0]["status"] == "ready"
