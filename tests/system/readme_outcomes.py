"""What each command of the README must have done: the checks of its output."""

import json
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.system.emulators import ROOT

PHOTO = (ROOT / "docs/postman/beach.png").read_bytes()


def uploaded(newcomer, output):
    image = json.loads(output)
    newcomer.image_id = image["image_id"]
    assert "beach" in image["tags"]
    assert read(newcomer, image["url"]) == PHOTO


def begun(newcomer, output):
    image = json.loads(output)
    newcomer.image_id = image["image_id"]
    assert image["upload"]["curl"].startswith("curl -T beach.png -H ")


def sent(newcomer, output):
    assert output == ""
    viewed(newcomer, read(newcomer, f"/images/{newcomer.image_id}"))


def listed(newcomer, output):
    assert [one["image_id"] for one in json.loads(output)["images"]] == [newcomer.image_id]


def found(newcomer, output):
    assert newcomer.environ["ID"] == newcomer.image_id


def viewed(newcomer, output):
    assert read(newcomer, json.loads(output)["url"]) == PHOTO


def rendered(newcomer, output):
    image = json.loads(output)
    assert image["url"] == image["renditions"]["large"]["url"]
    assert is_webp(read(newcomer, image["url"]))


def thumb_loaded(newcomer, _output):
    assert is_webp((newcomer.folder / "thumb.webp").read_bytes())


def is_webp(content):
    return (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def stripped(newcomer, output):
    image = json.loads(output)
    assert not any(image["privacy"].values())
    assert read(newcomer, image["url"]) == PHOTO


def tagged(newcomer, output):
    rows = json.loads(output)["results"]
    assert [row["status"] for row in rows] == [200] * 3


def counted(newcomer, output):
    assert {"tag": "trip", "count": 3} in json.loads(output)["tags"]


def sunday_found(newcomer, output):
    (image,) = json.loads(output)["images"]
    newcomer.image_id = image["image_id"]
    assert image["filename"] == "sunday.png"


def changed(newcomer, output):
    image = json.loads(output)
    assert (image["description"], image["tags"], image["version"]) == ("The last day", [], 3)


def trashed(newcomer, output):
    (image,) = json.loads(output)["images"]
    assert (image["image_id"], image["status"]) == (newcomer.image_id, "trashed")


def restored(newcomer, output):
    assert json.loads(output)["status"] == "ready"
    viewed(newcomer, output)


def deleted(newcomer, output):
    assert output == ""
    with pytest.raises(HTTPError, match="404"):
        read(newcomer, f"/images/{newcomer.image_id}")


def nothing_of_anas(newcomer, output):
    assert json.loads(output)["images"] == []


def imported(newcomer, output):
    figures = json.loads(output.splitlines()[-1])
    assert (figures["uploaded"], figures["refused"], figures["failed"]) == (1, 0, 0)


def healthy(newcomer, output):
    assert {line.split()[0] for line in output.splitlines()} == {"ok"}
    assert output.splitlines()[-1].startswith("ok       delete")


def done(newcomer, output):
    """Expect nothing more than exit code 0."""


# How a command begins, and the check of its result.
OUTCOMES = {
    "python3 -m venv venv": done,
    ". venv/bin/activate": done,
    "pip install -r requirements-run.txt": done,
    "export ": done,
    'curl -X POST "http://localhost:8000/images" -F "user_id=user123" -F "image_data=': uploaded,
    'curl -X POST "http://localhost:8000/images" -F "user_id=user123" -F "strip=true"': stripped,
    "THUMB=$(curl ": done,
    "curl -o thumb.webp ": thumb_loaded,
    "ANSWER=$(curl ": done,
    'echo "$ANSWER"': begun,
    "URL=$(echo ": done,
    "curl -T docs/postman/beach.png ": sent,
    "printf ": uploaded,
    "for NAME in ": done,
    "IDS=$(curl ": done,
    'curl -X POST "http://localhost:8000/images/batch" ': tagged,
    'curl "http://localhost:8000/tags?': counted,
    'curl "http://localhost:8000/images?user_id=user123&tags=trip': sunday_found,
    "curl -X PATCH ": changed,
    'curl "http://localhost:8000/images?user_id=user123&status=trashed': trashed,
    'curl -X POST "http://localhost:8000/images/$ID/restore"': restored,
    'curl "http://localhost:8000/images?user_id=user123&tags=beach': listed,
    "ID=$(curl ": found,
    'curl "http://localhost:8000/images/$ID?download': viewed,
    'curl "http://localhost:8000/images/$ID?rendition': rendered,
    'curl -X DELETE "http://localhost:8000/images/$ID?trash=true"': done,
    'curl -X DELETE "http://localhost:8000/images/$ID"': deleted,
    "TOKEN=$(make ": done,
    'curl -H "Authorization: ': nothing_of_anas,
    "make import ": imported,
    "make doctor": healthy,
}


def of(command):
    """Return the check of a command's result; a new command needs a row in the table."""
    checks = [check for start, check in OUTCOMES.items() if command.startswith(start)]
    assert len(checks) == 1, f"Give {command!r} a row in OUTCOMES or ELSEWHERE."
    return checks[0]


def read(newcomer, url):
    """Return the bytes at a URL, the service's own paths included."""
    with urlopen(url if url.startswith("http") else newcomer.address + url, timeout=10) as answer:
        return answer.read()
