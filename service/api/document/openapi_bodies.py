"""The request bodies in the API document."""

from service.api.document import openapi_examples as examples
from service.api.document.openapi_fields import as_text
from service.api.document.openapi_parts import TEXT
from service.api.images.change_bodies import JSON, MERGE_PATCH
from service.api.images.image_schemas import LISTS, MEASURED
from service.models.fields import SENT


def bodies(has_tokens):
    """Return the request bodies of operations by endpoint. With tokens examples name no user_id."""
    change = json_content("Changes", examples.CHANGES)
    return {
        "images.upload_image": upload_body(has_tokens),
        "changes.change_image": {"required": True, "content": {MERGE_PATCH: change, JSON: change}},
        "changes.change_many": {
            "required": True,
            "content": {JSON: json_content("Batch", examples.BATCH)},
        },
    }


def json_content(name, example):
    """Return the content of a body whose schema is a component."""
    return {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}


def upload_body(has_tokens):
    """Return the request body of an upload. With tokens its example has no user_id."""
    hidden = left_out(has_tokens)
    example = {name: value for name, value in examples.JSON.items() if name not in hidden}
    bodies = [{"$ref": f"#/components/schemas/{name}"} for name in ("UploadJson", "DirectUpload")]
    by_json = {"schema": {"anyOf": bodies}, "example": example}
    # One part of the form for each tag.
    repeated = {name: {"style": "form", "explode": True} for name in LISTS}
    by_form = {"schema": {"$ref": "#/components/schemas/UploadForm"}, "encoding": repeated}
    content = {"multipart/form-data": by_form, "application/json": by_json}
    return {"required": True, "content": content}


def upload_schemas(schema, max_image_size, has_tokens):
    """Return {name: schema} of both request bodies, derived from the JSON Schema of the fields."""
    fields = schema["properties"]
    for name in MEASURED:
        fields[name]["readOnly"] = True
    picture = f"{fields['image_data']['description']} At most {max_image_size} bytes"
    base64 = TEXT | {"description": f"{picture}, as standard base64 or a data: URI."}
    file = {"type": "string", "format": "binary", "description": f"{picture}."}
    by_form = {name: as_text(field) for name, field in fields.items()} | {"image_data": file}
    for row in SENT:
        if row.example is not None and row.name not in left_out(has_tokens):
            by_form[row.name]["examples"] = [row.example]
    # In a form the file part has a name, so filename may be absent.
    required = [name for name in schema["required"] if name != "filename"]
    return {
        "UploadJson": schema | {"properties": fields | {"image_data": base64}},
        "UploadForm": schema | {"properties": by_form, "required": required},
    }


def direct_schema(schema, max_image_size):
    """Return the schema of the body that begins a direct upload."""
    fields = schema["properties"]
    fields["size"]["maximum"] = max_image_size
    # TypeScript's types of a body require what has a default.
    del fields["method"]["default"]
    return schema


def left_out(has_tokens):
    """Return the names of the fields that the examples leave out."""
    return {"user_id"} if has_tokens else set()
