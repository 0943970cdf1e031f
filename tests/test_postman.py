import json

from tests.packaging import postman


def requests(folder):
    """Return the requests of a folder of the collection."""
    text = (postman.FOLDER / "collection.json").read_text()
    return next(item["item"] for item in json.loads(text)["item"] if item["name"] == folder)


def test_the_stored_collection_matches_the_document():
    for name, content in postman.files().items():
        assert (postman.FOLDER / name).read_bytes() == content, "run: make postman"


def test_every_operation_has_a_request(client):
    paths = client.get("/openapi.json").json["paths"]
    summaries = {
        operation["summary"] for methods in paths.values() for operation in methods.values()
    }

    folders = [requests(name) for name in postman.FOLDERS if name != "refusals"]
    names = {item["name"].split(" (")[0] for items in folders for item in items}

    assert names == summaries | {"Open the URL"}


def test_the_user_is_a_variable():
    text = (postman.FOLDER / "collection.json").read_text()
    collection = json.loads(text)

    assert collection["variable"] == [{"key": "user_id", "value": "user123", "type": "string"}]
    assert text.count("user123") == 1
    assert collection["event"][0]["listen"] == "prerequest"


def test_every_request_is_tested():
    for folder in postman.FOLDERS:
        for item in requests(folder):
            assert any("pm.test(" in line for line in item["event"][0]["script"]["exec"])
