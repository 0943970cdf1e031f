"""Make the Postman collection, its environment and its picture from the API document."""

import base64
import json
from pathlib import Path
from urllib.parse import parse_qsl

from service.api.document import openapi, openapi_examples
from service.api.problems.problem_types import problem_types
from service.app import create_app
from service.common.config import SETTINGS
from tests.packaging import postman_scripts as scripts

FOLDER = Path(__file__).parents[2] / "docs/postman"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
PICTURE = "beach.png"
ENVIRONMENT = {"base_url": "http://localhost:8000", "token": "", "image_id": "", "url": ""}
HOST = "{{base_url}}"
# The user is a variable of the collection: with a token a script sets it to the token's owner.
USER = openapi_examples.JSON["user_id"]
OWN = {"user_id": "{{user_id}}"}
JSON = openapi_examples.JSON | OWN
FORM = openapi_examples.FORM | OWN

FOLDERS = {
    "images": "Upload, list, view, change, open and delete: run them from top to bottom.",
    "tags": "Which tags there are, and on how many images.",
    "health": "Is the service up, and are its stores?",
    "refusals": "What goes wrong, and how the service says so.",
}


def main():
    """Write the files."""
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)


def files():
    """Return the contents of the files by name."""
    app = create_app({name: default for name, default, *_ in SETTINGS})
    document = json.loads(json.dumps(openapi.build(app)))
    return {
        "collection.json": as_json(collection(document)),
        "environment.json": as_json(environment()),
        PICTURE: base64.b64decode(openapi_examples.PICTURE),
    }


def as_json(value):
    """Return JSON as people read it."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def environment():
    """Return the environment: the service's address, and variables that requests set."""
    values = [{"key": key, "value": value, "enabled": True} for key, value in ENVIRONMENT.items()]
    return {
        "id": "0b6f3c1e-58a4-4b57-9d53-1f7a3f5f8a01",
        "name": "Image service on this machine",
        "values": values,
        "_postman_variable_scope": "environment",
    }


def collection(document):
    """Return the collection."""
    requests = {name: [] for name in FOLDERS}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            requests[operation["tags"][0]] += items(document, method.upper(), path, operation)
    # What was deleted cannot be opened or changed.
    last = [item for item in requests["images"] if item["request"]["method"] == "DELETE"]
    others = [item for item in requests["images"] if item not in last]
    requests["images"] = [*others, open_url(), *last]
    requests["refusals"] = [refusal(*row) for row in refusals()]
    folders = [
        {"name": name, "description": told, "item": requests[name]}
        for name, told in FOLDERS.items()
    ]
    return {
        "info": {
            "_postman_id": "5c9d4a1f-7f0e-4f0b-9a55-6a2c0f2f3b10",
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
        "event": [event("prerequest", scripts.OWN_USER)],
        "variable": [{"key": "user_id", "value": USER, "type": "string"}],
        "item": folders,
    }


def items(document, method, path, operation):
    """Return the requests of an operation: one for each kind of body."""
    status = next(iter(operation["responses"]))
    query = [parameter(one) for one in operation["parameters"] if one["in"] == "query"]
    script = scripts.TELLS_ALL.format(status=status) + scripts.has_fields(
        document, operation["responses"][status]
    )
    request = {
        "method": method,
        "url": url(path.replace("{image_id}", "{{image_id}}"), query),
        "description": operation["description"],
    }
    script += scripts.MORE.get(operation["operationId"], "")
    kinds = operation.get("requestBody", {}).get("content", {})
    if not kinds:
        return [item(operation["summary"], request, script)]
    # The form is the last one: the requests below use the image that it uploads.
    return [
        item(f"{operation['summary']} ({kind})", request | body(kind, content), script)
        for kind, content in reversed(kinds.items())
    ]


def parameter(described):
    """Return a query parameter, which the user of Postman can enable."""
    default = described["schema"].get("default", FORM.get(described["name"], ""))
    return {
        "key": described["name"],
        "value": default if isinstance(default, str) else json.dumps(default),
        "description": described["description"],
        "disabled": True,
    }


def url(path, query=()):
    """Return a URL as the parts that Postman stores."""
    address, _, query_text = path.partition("?")
    query = [*query, *({"key": key, "value": value} for key, value in parse_qsl(query_text))]
    parts = address.strip("/").split("/")
    return {"raw": HOST + path, "host": [HOST], "path": parts, "query": query}


def body(kind, content):
    """Return a body and its header: the document's JSON for this image and user, or a form."""
    if "example" in content:
        text = json.dumps(content["example"]).replace(USER, OWN["user_id"])
        return json_request(
            json.loads(text.replace(openapi_examples.IMAGE_ID, "{{image_id}}")), kind
        )
    file = {"key": "image_data", "type": "file", "src": PICTURE}
    texts = [{"key": key, "type": "text", "value": value} for key, value in FORM.items()]
    return {"body": {"mode": "formdata", "formdata": [*texts, file]}}


def json_request(value, kind="application/json"):
    """Return a JSON body and its header."""
    text = json.dumps(value, indent=2)
    return {
        "header": [{"key": "Content-Type", "value": kind}],
        "body": {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}},
    }


def open_url():
    """Return the request that opens a presigned URL."""
    size = len(base64.b64decode(openapi_examples.PICTURE))
    request = {
        "method": "GET",
        "url": "{{url}}",
        "auth": {"type": "noauth"},
        "description": "The presigned URL of the view: no token is needed.",
    }
    return item("Open the URL", request, scripts.IS_WHOLE.format(size=size))


def refusals():
    """Yield (name, problem, method, path, parts of the request) of refused requests."""
    text = base64.b64encode(b"I am a picture").decode()
    yield "View what was deleted", "image-not-found", "GET", "/images/{{image_id}}", {}
    yield "Delete it again", "image-not-found", "DELETE", "/images/{{image_id}}", {}
    yield "List too many", "invalid-fields", "GET", "/images?limit=101", {}
    yield "List from an altered cursor", "invalid-cursor", "GET", "/images?cursor=x", {}
    for name, problem, fields in (
        ("Upload without a name", "invalid-fields", {"filename": ""}),
        ("Upload nothing", "empty-image", {"image_data": ""}),
        ("Upload text", "unsupported-image", {"image_data": text}),
        (
            "Upload half a picture",
            "unreadable-image",
            {"image_data": openapi_examples.PICTURE[:80]},
        ),
    ):
        yield name, problem, "POST", "/images", json_request(JSON | fields)
    yield "Upload a list", "bad-request", "POST", "/images", json_request([])
    raw = {"body": {"mode": "raw", "raw": "I am a picture"}}
    yield "Upload a raw body", "unsupported-body", "POST", "/images", raw
    path, nothing = "/images/{{image_id}}", json_request({"filename": ""})
    yield "Change it to have no name", "invalid-fields", "PATCH", path, nothing
    yield "Restore what was deleted", "image-not-found", "POST", f"{path}/restore", {}
    yield "Change no images", "invalid-fields", "POST", "/images/batch", json_request({})
    yield "Replace the images", "method-not-allowed", "PUT", "/images", {}
    yield "Ask for another path", "not-found", "GET", "/pictures", {}


def refusal(name, code, method, path, parts):
    """Return a request that is refused."""
    kind = problem_types()[code]
    script = scripts.TELLS_ALL.format(status=kind.status) + scripts.IS_PROBLEM.format(code=code)
    return item(name, {"method": method, "url": url(path)} | parts, script)


def item(name, request, script):
    """Return a request and its tests."""
    return {"name": name, "request": request, "event": [event("test", script)]}


def event(moment, script):
    """Return a script that runs at that moment of a request."""
    lines = script.strip().split("\n")
    return {"listen": moment, "script": {"type": "text/javascript", "exec": lines}}


if __name__ == "__main__":
    main()
