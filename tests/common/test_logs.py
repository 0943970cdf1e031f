import json
import logging

import pytest

from service.common import logs


@pytest.fixture
def log():
    """The service's log at its lowest level; the level is restored at the end."""
    service = logging.getLogger("service")
    level = service.level
    logs.setup("DEBUG")
    yield logging.getLogger("service.tests")
    service.setLevel(level or "INFO")


@pytest.fixture
def lines(capsys):
    """Return a function that returns the lines written since the last call, parsed."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object(log, lines):
    token = logs.request_id.set("r1")
    log.info("image uploaded", extra={"image_id": "a", "size": 5})
    logs.request_id.reset(token)

    (line,) = lines()
    assert list(line) == ["time", "level", "event", "logger", "request_id", "image_id", "size"]
    assert (line["level"], line["event"], line["size"]) == ("INFO", "image uploaded", 5)
    assert line["request_id"] == "r1"
    assert line["time"].endswith("Z")
    assert len(line["time"]) == 24


def test_outside_a_request_the_id_is_null(log, lines):
    log.info("swept")

    assert lines()[0]["request_id"] is None


def test_line_breaks_stay_inside_a_line(log, lines):
    log.info("odd", extra={"text": "a\nb\r\u2028\x00\ud800", "object": object, "bytes": b"\xff"})

    (line,) = lines()
    assert line["text"] == "a\nb\r\u2028\x00\ud800"


def test_a_traceback_is_part_of_the_line(log, lines):
    try:
        raise ValueError("broken")
    except ValueError as error:
        log.error("unexpected error", exc_info=error)

    (line,) = lines()
    assert "ValueError: broken" in line["traceback"]


def test_setting_up_again_writes_no_line_twice(log, lines):
    logs.setup("WARNING")
    log.info("too quiet")
    log.warning("loud enough")

    assert [line["event"] for line in lines()] == ["loud enough"]
