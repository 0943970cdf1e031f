"""Builds the API document (OpenAPI 3.1) from a row per operation, the routes and the schemas."""

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from service.api.access.identity import OPEN
from service.api.document import openapi_answers, openapi_bodies, openapi_fields, openapi_parts
from service.api.document.answer_schemas import (
    HealthSchema,
    ImagePageSchema,
    ImageSchema,
    PendingImageSchema,
    PendingUploadSchema,
    ProblemSchema,
    RefusedImageSchema,
    StateSchema,
    TagPageSchema,
)
from service.api.document.batch_schemas import BatchResultsSchema
from service.api.images.change_schemas import CHANGE, BatchSchema
from service.api.images.image_schemas import (
    DeleteQuerySchema,
    DirectUploadSchema,
    NoQuerySchema,
    UploadSchema,
    ViewQuerySchema,
)
from service.api.images.query_schemas import ListQuerySchema
from service.api.problems.problem_types import problem_types
from service.api.tags.tag_schemas import TagsQuerySchema
from service.common.version import VERSION

# The first four are about requests that never reach a route.
ALWAYS = (
    "request-timeout", "url-too-long", "expectation-failed", "headers-too-large",
    "bad-request", "method-not-allowed", "internal-error",
)  # fmt: skip
STORES = ("invalid-fields", "storage-unavailable", "storage-full", "service-busy", *ALWAYS)
UPLOAD = (
    "empty-image", "too-large", "unsupported-body", "unsupported-image", "unreadable-image",
    "too-many-pixels", "strip-impossible", "idempotency-key-in-progress", "idempotency-key-spent",
    "idempotency-key-reused", "forbidden", "quota-exceeded", "image-not-found", *STORES,
)  # fmt: skip
CHANGES = ("image-not-found", "image-not-ready", "changed-meanwhile", *STORES)
BODIES = ("too-large", "unsupported-body")
VIEWED = {"oneOf": [ImageSchema, PendingImageSchema, RefusedImageSchema]}

# Rows: endpoint, query schema, status of the answer, its schema, its own headers, problems.
OPERATIONS = (
    ("images.upload_image", NoQuerySchema, 201, ImageSchema, ["Location", "ETag"], UPLOAD),
    ("images.list_images", ListQuerySchema, 200, ImagePageSchema, ["Link"],
     ("invalid-cursor", "forbidden", *STORES)),
    ("images.view_image", ViewQuerySchema, 200, VIEWED, ["ETag"],
     ("image-not-found", "rendition-impossible", *STORES)),
    ("changes.change_image", NoQuerySchema, 200, ImageSchema, ["ETag"],
     ("image-trashed", *BODIES, *CHANGES)),
    ("changes.restore_image", NoQuerySchema, 200, VIEWED, ["ETag"],
     ("image-not-found", "changed-meanwhile", "too-large", *STORES)),
    ("changes.change_many", NoQuerySchema, 200, BatchResultsSchema, [], (*BODIES, *STORES)),
    ("images.delete_image", DeleteQuerySchema, 204, None, [], CHANGES),
    ("tags.list_tags", TagsQuerySchema, 200, TagPageSchema, ["Link"],
     ("invalid-cursor", "forbidden", *STORES)),
    ("health.health", NoQuerySchema, 200, HealthSchema, [], ALWAYS),
    ("health.ready", NoQuerySchema, 200, StateSchema, [], ("storage-unavailable", *ALWAYS)),
)  # fmt: skip
# Rows by endpoint: a further status of success, which answer that is, and its schema.
FURTHER = {
    "images.upload_image": [
        (202, "pending", PendingUploadSchema), (200, "refused", RefusedImageSchema),
    ]
}  # fmt: skip


def build(app):
    """Return the API document of an app, as a dict."""
    document = Document(app)
    document.add_components()
    for row in OPERATIONS:
        document.add_operation(*row)
    return document.spec.to_dict()


def impossible(settings):
    """Return the codes of the problems that cannot occur with these settings."""
    never = set()
    if settings.auth != "jwt":
        never |= {"unauthorized", "keys-unavailable", "forbidden"}
    if not settings.max_images_per_user and not settings.max_bytes_per_user:
        never.add("quota-exceeded")
    return never if settings.rate_limit else never | {"too-many-requests"}


class Document:
    """Builds the API document of an app."""

    def __init__(self, app):
        marshmallow = MarshmallowPlugin()
        self.app = app
        self.has_tokens = app.extensions["tokens"] is not None
        self.never = impossible(app.extensions["settings"])
        self.routes = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
        # Without PUBLIC_URL relative to the document's URL, so that it works behind a stage.
        self.spec = APISpec(
            "Image service",
            VERSION,
            "3.1.0",
            [marshmallow],
            info=openapi_parts.INFO,
            servers=[{"url": app.extensions["settings"].public_url or "."}],
            tags=openapi_parts.TAGS,
        )
        self.converter = marshmallow.converter
        self.converter.add_attribute_function(openapi_fields.rule)

    def add_components(self):
        """Add the schemas, headers and security scheme to which the operations refer."""
        components = self.spec.components
        for name, schema in (("Image", ImageSchema), ("Problem", ProblemSchema)):
            components.schema(name, schema=schema)
        partial = ["user_id"] if self.has_tokens else []
        limit = self.app.extensions["settings"].max_image_size
        direct = self.converter.schema2jsonschema(DirectUploadSchema(partial=partial))
        components.schema("DirectUpload", openapi_bodies.direct_schema(direct, limit))
        upload = UploadSchema(partial=partial)
        schema = self.converter.schema2jsonschema(upload)
        for name, body in openapi_bodies.upload_schemas(schema, limit, self.has_tokens).items():
            components.schema(name, body)
        for name, schema in (("Changes", CHANGE), ("Batch", BatchSchema())):
            components.schema(name, self.converter.schema2jsonschema(schema))
        for name, header in openapi_parts.headers(self.has_tokens).items():
            components.header(name, header)
        if self.has_tokens:
            components.security_scheme("bearer", openapi_parts.BEARER)

    def add_operation(self, endpoint, query, status, schema, headers, problems):
        """Add the operation of a row."""
        rule = self.routes[endpoint]
        name = endpoint.split(".")[1]
        (method,) = rule.methods - {"HEAD", "OPTIONS"}
        operation = {
            # For an id with an underscore Swagger UI reports that its link is deprecated.
            "operationId": name.replace("_", "-"),
            "tags": [openapi_parts.group(endpoint)],
            "summary": self.app.view_functions[endpoint].__doc__,
            "description": openapi_parts.NOTES[endpoint],
            "security": [],
            "parameters": self.parameters(rule, query),
            "responses": {
                str(status): openapi_answers.success_answer(text, schema, headers)
                for status, text, schema in [
                    (status, endpoint, schema), *FURTHER.get(endpoint, ()),
                ]
            },
        }  # fmt: skip
        body = openapi_bodies.bodies(self.has_tokens).get(endpoint)
        if body:
            operation["requestBody"] = body
        problems = set(problems) - self.never
        if endpoint not in OPEN:
            problems |= {"unauthorized", "keys-unavailable", "too-many-requests"} - self.never
            operation["security"] = [{"bearer": []}] if self.has_tokens else []
        for code in sorted(problems - set(self.spec.components.examples)):
            kind = problem_types()[code]
            self.spec.components.example(code, {"summary": kind.title, "value": kind.example})
        operation["responses"] |= openapi_answers.problem_answers(problems)
        path = rule.rule.replace("<", "{").replace(">", "}")
        self.spec.path(path, operations={method.lower(): operation})

    def parameters(self, rule, query):
        """Return the parameters of an operation: those of its path, query and headers."""
        found = [openapi_parts.PARAMETERS[name] for name in sorted(rule.arguments)]
        for name, field in query().fields.items():
            schema = openapi_fields.as_text(self.converter.field2property(field))
            description = schema.pop("description")
            parameter = {"name": name, "in": "query", "description": description, "schema": schema}
            if schema["type"] == "array":
                parameter |= {"style": "form", "explode": True}
            found.append(parameter)
        return found + openapi_parts.HEADER_PARAMETERS.get(rule.endpoint, [])
