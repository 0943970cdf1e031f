"""Who follows the advice about a form literally comes to an end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_upload_forms import FORM, PICTURE, file, text, told

# What a client did wrong: parts of a form, and the same request's other mistakes.
MISTAKES = {
    "unknown twice": [("colour", "red"), ("colour", "blue")],
    "unknown once": [("size", "5")],
    "user twice": [("user_id", "bob"), ("user_id", "eve")],
    "no user": [],
    "file called file": [("file", PICTURE)],
    "two other files": [("a", PICTURE), ("b", PICTURE)],
    "image as text": [("image_data", "photo.jpg")],
    "two images": [("image_data", PICTURE), ("image_data", PICTURE)],
    "no file chosen": [("image_data", b"")],
    "text as file": [("description", PICTURE)],
    "tags as JSON": [("tags", '["a"]')],
    "bad bytes": [("description", "\ufffd")],
}


class Curl:
    """A client that types literally what the messages say."""

    def __init__(self, client, pairs):
        self.client = client
        self.pairs = pairs

    def send(self):
        parts = [
            text(name, value)
            if isinstance(value, str)
            else file('filename="cat.png"' if value else 'filename=""', name, value)
            for name, value in self.pairs
        ]
        data = b"".join(parts) + b"--BOUND--\r\n"
        return self.client.post("/images", data=data, content_type=FORM)

    def follow(self, field, message):
        """Change the form as a message says."""
        of_field = [pair for pair in self.pairs if pair[0] == field]
        others = [pair for pair in self.pairs if pair[0] != field]
        if "nknown name" in message or message.startswith("Leave it out"):
            self.pairs = others
        elif "once" in message:
            self.pairs = [*others, of_field[0]]
        elif "image_data=@photo.jpg" in message or message == "Choose a file.":
            self.pairs = [*others, ("image_data", PICTURE)]
        else:
            typed = {
                "Say whose image it is: -F user_id=ana": "ana",
                "Send text, not a file: -F description=…, without @": "text",
                "Send tags separated by commas: tags=beach,summer": "beach,summer",
                "Send text in UTF-8.": "é",
            }
            self.pairs = [*others, (field, typed[message])]


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("second", MISTAKES)
@pytest.mark.parametrize("first", MISTAKES)
def test_advice_leads_to_success(client, first, second, at_once):
    curl = Curl(client, MISTAKES[first] + (MISTAKES[second] if second != first else []))
    seen = []

    response = curl.send()
    while response.status_code == 400:
        rows = told(response)
        # A circle would come back to the same rows.
        assert (rows, curl.pairs) not in seen
        seen.append((rows, list(curl.pairs)))
        for field, message in rows if at_once else rows[:1]:
            curl.follow(field, message)
        response = curl.send()

    assert response.status_code == 201, response.json
    assert len(seen) <= 8


SCRIPT = """
import sys
from service.app import create_app
client = create_app({"DATA_DIR": sys.argv[1], "LOG_LEVEL": "ERROR"}).test_client()
names = [f"n{number}" for number in range(25)]
fields = dict.fromkeys(names, "x")
print(client.post("/images", json=fields).get_data(as_text=True).split("request_id")[0])
print(client.get("/images", query_string=fields).json["errors"])
print(client.post("/images", data=fields, content_type="multipart/form-data").json["errors"])
put = client.put("/images")
print(put.json["detail"], put.headers["Allow"], client.options("/images").headers["Allow"])
"""


def test_messages_do_not_depend_on_the_hash_seed(tmp_path):
    root = Path(__file__).parents[1]
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]

    outputs = {
        subprocess.check_output(command, cwd=root, env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in "0123"
    }

    assert len(outputs) == 1
    assert b"n0, n1, n2, n3" in outputs.pop()
