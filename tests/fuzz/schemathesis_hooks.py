"""What schemathesis cannot learn from the API document: real pictures and real cursors.

PICTURES is a folder of pictures that the service accepts.
"""

import base64
import os
import unicodedata
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies as st

PICTURES = [path.read_bytes() for path in sorted(Path(os.environ["PICTURES"]).iterdir())]
# As text, because schemathesis 4.32.5 treats a body with bytes as invalid.
IN_FORMS = [picture.decode() for picture in PICTURES if picture.isascii()]
IN_JSON = [base64.b64encode(picture).decode() for picture in PICTURES]

schemathesis.openapi.format("binary", st.sampled_from(IN_FORMS))


@schemathesis.hook
def before_load_schema(_context, raw_schema):
    """Allow only our pictures in JSON; texts in forms; width, height, empty values."""
    schemas = raw_schema["components"]["schemas"]
    schemas["UploadJson"]["properties"]["image_data"]["enum"] = IN_JSON
    for name in ("UploadJson", "UploadForm"):
        for field in ("width", "height"):
            # These may be sent and are ignored, but schemathesis treats readOnly as forbidden.
            schemas[name]["properties"][field].pop("readOnly")
    # In a form a value of any type is text, and so a list of one tag.
    pattern = schemas["UploadJson"]["properties"]["tags"]["pattern"]
    schemas["UploadForm"]["properties"]["tags"] = {"type": "string", "pattern": pattern}
    # As text, these numbers are truth values.
    schemas["UploadForm"]["properties"]["strip"] = {"enum": [True, False, 1, 0]}
    allow_empty_values(raw_schema)
    add_rules_in_words(schemas)
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                if parameter["name"] == "If-Match":
                    # schemathesis sends texts that this pattern does not allow.
                    parameter["schema"] = {"enum": ["*", '"x"', 'W/"x", "y"']}


def add_rules_in_words(schemas):
    """Add what the document says of changes and batches only in words."""
    nothing = {"enum": [None, ""]}
    others = [name for name in schemas["Batch"]["properties"]["action"]["enum"] if name != "update"]
    schemas["Changes"]["anyOf"] = [
        {"properties": {"tags": False}},
        {"properties": {"add_tags": nothing, "remove_tags": nothing}},
    ]
    schemas["Batch"]["anyOf"] = [
        {"properties": {"action": {"const": "update"}, "changes": {"type": "object"}},
         "required": ["changes"]},
        {"properties": {"action": {"enum": others}, "changes": {"type": "null"}}},
    ]  # fmt: skip


def allow_empty_values(raw_schema):
    """Allow every optional field and parameter to be empty: the document says so only in words."""
    for name, empty in (
        ("UploadForm", [""]),
        ("UploadJson", ["", None]),
        ("DirectUpload", ["", None]),
    ):
        body = raw_schema["components"]["schemas"][name]
        for field in body["properties"].keys() - body["required"]:
            body["properties"][field] = {"anyOf": [body["properties"][field], {"enum": empty}]}
    for path in raw_schema["paths"].values():
        for parameter in path.get("get", {}).get("parameters", []):
            if parameter["in"] == "query":
                parameter["schema"] = {"anyOf": [parameter["schema"], {"enum": [""]}]}


@schemathesis.hook
def filter_query(_context, query):
    """Leave out queries that are valid as text although their values are not."""
    values = dict(query or {})
    lists = [values.pop(name, "") or [] for name in ("tags", "none")]
    # In a URL an empty list is an empty value, a number is a tag, and a text is a list of one.
    return (
        all(isinstance(tags, list) for tags in lists)
        and all(isinstance(tag, str) and tag for tags in lists for tag in tags)
        and not any(value in ([], {}) for value in values.values())
        # As text, a number is a text.
        and isinstance(values.get("q", ""), str)
    )


@schemathesis.hook
def filter_body(_context, body):
    """Leave out changes that add and remove the same tag."""
    changes = body.get("changes", body) if isinstance(body, dict) else None
    if not isinstance(changes, dict):
        return True
    return not tags_in(changes.get("add_tags")) & tags_in(changes.get("remove_tags"))


def tags_in(value):
    """Return the tags of a list or a comma-separated text, as the service compares them."""
    entries = value.split(",") if isinstance(value, str) else value
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        return set()
    return {unicodedata.normalize("NFC", entry.strip().lower()).strip() for entry in entries}


@schemathesis.hook
def before_call(_context, case, _kwargs):
    """Make a request valid that should be: what goes together is said in words only.

    In a story a delete is for good, because what is in the trash can still be viewed.
    """
    if case.query and case.method == "DELETE" and case.meta and case.meta.phase.name == "stateful":
        case.query.pop("trash", None)
    if not (case.query and case.meta and case.meta.generation.mode.is_positive):
        return
    if case.query.get("tags"):
        case.query.pop("untagged", None)
    if "cursor" in case.query:
        # A real one.
        del case.query["cursor"]
        case.query |= next_page(case)


def next_page(case):
    """Return the cursor of the second page, as a parameter, where there is one."""
    headers = {"Authorization": case.headers.get("Authorization", "")}
    answer = requests.get(
        f"{case.operation.base_url}{case.path}",
        case.query | {"limit": 1},
        headers=headers,
        timeout=10,
    )
    cursor = answer.json().get("next_cursor")
    return {"cursor": cursor} if cursor else {}
