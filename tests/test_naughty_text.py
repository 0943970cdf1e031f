"""Texts known to break programs, in every field, and as file names in the download's header.

naughty_strings.json is Max Woolf's Big List of Naughty Strings (MIT: naughty_strings.LICENSE).
"""

import base64
import http.client
import json
import unicodedata
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from moto import mock_aws
from werkzeug.http import parse_options_header

from service.api.images.query_schemas import ListQuerySchema
from service.models.fields import FLAG, SENT, names
from tests.models.test_content_disposition import NAUGHTY, UNSAFE
from tests.repositories.sample_images import CONTENT, sample
from tests.repositories.stores import AwsStores
from tests.support import pictures
from tests.support.servers import Server
from tests.test_any_text import kept

STRINGS = json.loads((Path(__file__).parent / "support/naughty_strings.json").read_text())
FIELDS = set(names(row for row in SENT if row.kind != FLAG))
PICTURE = base64.b64encode(pictures.png(8, 8)).decode()
NAMES = [
    *("CON", "con.png", "NUL.jpg", "COM1", "LPT9.gif", "aux.", "a.png.", "a.png ", "~", "-rf", "*"),
    *("a:b.png", "a:$DATA", "desktop.ini", ".htaccess", "$(id).png", "`id`.png", "%0d%0aX: y.png"),
    *(
        "....//....//etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "%2e%2e/%2fa",
        "a\u2215b\u29f5c",
    ),
    *("\u2028.png", "\u202e\u2066gpj.\u2069exe", "\ufeffa.png", "\u0130\u0131.png", "e\u0301.png"),
    *("\U0001f468\u200d\U0001f469\u200d\U0001f467" * 51, "\U0001f600" * 256, "=?utf-8?q?a?=.png"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("names") / "data").wait_until_up()
    yield server
    assert server.stop() == (0, "")


@pytest.fixture(scope="module")
def objects():
    with mock_aws():
        yield AwsStores().new_objects()


def ask(server, method, path, **fields):
    """Send a request, JSON if there are fields; return (status, headers, body)."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with closing(connection):
        body = json.dumps(fields) if fields else None
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.headers, response.read()


def name_of(disposition):
    """Return the name that a download is saved under."""
    kind, options = parse_options_header(disposition)
    assert kind == "attachment"
    return options["filename"]


def acceptable(name):
    """Tell whether a file may be called that."""
    return 1 <= len(name) <= 255 and not any(unicodedata.category(sign) == "Cc" for sign in name)


def refused(response, done=201):
    """Return the refused fields of an answer; none for a request that is done."""
    assert response.status_code in (done, 400), response.json
    return {row["field"] for row in response.json.get("errors", [])}


@pytest.mark.parametrize("body", ["upload", "upload_json"])
def test_naughty_strings_are_stored_or_refused(request, client, body):
    upload = request.getfixturevalue(body)

    for text in STRINGS:
        faults = refused(upload(**dict.fromkeys(FIELDS, text)))
        assert faults <= FIELDS
        accepted = FIELDS - faults
        response = upload(**dict.fromkeys(accepted, text))
        if response.status_code == 201:
            image = client.get(response.headers["Location"]).json
            assert {name: image[name] for name in accepted} == {
                name: kept(name, text) for name in accepted
            }
        else:
            # A form uses the name of its file part only if the field `filename` is absent.
            assert refused(response) <= {"filename"} <= faults


def test_naughty_strings_in_a_change_are_stored_or_refused(client, image_id):
    path, image_ids = f"/images/{image_id}", [image_id]
    names = {"filename", "description", "tags"}

    for text in STRINGS:
        faults = refused(client.patch(path, json=dict.fromkeys(names, text)), done=200)
        accepted = names - faults
        changes = dict.fromkeys(accepted, text)
        batch = {"image_ids": image_ids, "action": "update", "changes": changes}
        answer = client.post("/images/batch", json=batch).json
        assert answer["results"] == [{"image_id": image_id, "status": 200}]
        image = client.get(path).json
        assert {name: image[name] for name in accepted} == {
            name: kept(name, text) or None if name == "description" else kept(name, text)
            for name in accepted
        }


def test_naughty_strings_as_tags_to_add_and_remove(client, image_id):
    path = f"/images/{image_id}"

    for text in STRINGS:
        response = client.patch(path, json={"add_tags": [text]})
        if not refused(response, done=200):
            assert response.json["tags"] == [kept("tags", text)[0]]
            assert client.patch(path, json={"remove_tags": [text]}).json["tags"] == []


def test_naughty_ids_and_actions_are_answered(client, image_id):
    texts = STRINGS[:100]
    response = client.post("/images/batch", json={"image_ids": texts, "action": "trash"})

    assert [row["image_id"] for row in response.json["results"]] == texts
    assert {row["status"] for row in response.json["results"]} == {404}
    for text in STRINGS:
        body = {"image_ids": [text], "action": text}
        assert refused(client.post("/images/batch", json=body)) == {"action"}
        batch = {"image_ids": [image_id], "action": "update", "changes": {text: text}}
        assert client.post("/images/batch", json=batch).status_code in (200, 400)


@pytest.mark.parametrize("field", [*ListQuerySchema().fields, "naughty"])
def test_naughty_parameters_are_answered(client, field):
    statuses = {client.get("/images", query_string={field: text}).status_code for text in STRINGS}

    assert statuses <= {200, 400}


@pytest.mark.parametrize("field", ["trash", "naughty"])
def test_naughty_parameters_of_a_delete_are_answered(client, field):
    statuses = {
        client.delete("/images/x", query_string={field: text}).status_code for text in STRINGS
    }

    assert statuses <= {400, 404}


def test_naughty_headers_are_answered(client, upload):
    texts = [text for text in STRINGS if text.isprintable()]

    for text in texts:
        headers = {"Idempotency-Key": text, "X-Request-Id": text, "Authorization": text}
        assert upload(headers=headers).status_code in (201, 400), text
        response = client.patch("/images/x", json={}, headers={"If-Match": text})
        assert response.status_code in (400, 404), text


def test_the_embedded_store_sends_names_unchanged(server):
    for filename in [*NAUGHTY, *UNSAFE, *NAMES]:
        status, _, body = ask(
            server, "POST", "/images", user_id="ana", filename=filename, image_data=PICTURE
        )
        if status == 400:
            assert [row["field"] for row in json.loads(body)["errors"]] == ["filename"]
            continue
        image = json.loads(body)
        _, _, body = ask(server, "GET", f"/images/{image['image_id']}?download=true")
        url = urlsplit(json.loads(body)["url"])

        status, headers, body = ask(server, "GET", f"{url.path}?{url.query}")

        assert (status, body) == (200, pictures.png(8, 8))
        (disposition,) = headers.get_all("Content-Disposition")
        assert name_of(disposition) == image["filename"] == kept("filename", filename)


def test_s3_sends_names_unchanged(objects):
    names = {kept("filename", filename) for filename in [*NAUGHTY, *NAMES, *STRINGS]}

    for name in filter(acceptable, names):
        image = sample(filename=name)
        objects.client.put_object(Bucket=objects.bucket_name, Key=image.object_key, Body=CONTENT)

        response = requests.get(objects.presign_get(image, 90, True)[0], timeout=5)

        assert (response.status_code, response.content) == (200, CONTENT)
        assert name_of(response.headers["Content-Disposition"]) == name
