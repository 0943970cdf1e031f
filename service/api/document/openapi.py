"""Builds the API document (OpenAPI 3.1) from a row per operation, the routes and the schemas."""

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from service.api.access.identity import OPEN
from service.api.document import openapi_examples as examples
from service.api.document import openapi_fields, openapi_parts
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
from service.api.images.image_schemas import (
    DirectUploadSchema,
    NoQuerySchema,
    UploadSchema,
    ViewQuerySchema,
)
from service.api.images.query_schemas import ListQuerySchema
from service.api.images.tag_schemas import TagsQuerySchema
from service.api.problems.problem_types import problem_types
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
VIEWED = {"oneOf": [ImageSchema, PendingImageSchema, RefusedImageSchema]}

# Rows: endpoint, query schema, status of the answer, its schema, its own headers, problems.
OPERATIONS = (
    ("images.upload_image", NoQuerySchema, 201, ImageSchema, ["Location"], UPLOAD),
    ("images.list_images", ListQuerySchema, 200, ImagePageSchema, ["Link"],
     ("invalid-cursor", "forbidden", *STORES)),
    ("images.view_image", ViewQuerySchema, 200, VIEWED, [],
     ("image-not-found", "rendition-impossible", *STORES)),
    ("images.delete_image", NoQuerySchema, 204, None, [], ("image-not-found", *STORES)),
    ("tags.list_tags", TagsQuerySchema, 200, TagPageSchema, ["Link"],
     ("invalid-cursor", "forbidden", *STORES)),
    ("health.health", NoQuerySchema, 200, HealthSchema, [], ALWAYS),
    ("health.ready", NoQuerySchema, 200, StateSchema, [], ("storage-unavailable", *ALWAYS)),
)  # fmt: skip


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
        components.schema("DirectUpload", openapi_parts.direct_schema(direct, limit))
        upload = UploadSchema(partial=partial)
        schema = self.converter.schema2jsonschema(upload)
        for name, body in openapi_parts.upload_schemas(schema, limit, self.has_tokens).items():
            components.schema(name, body)
        for name, header in openapi_parts.headers(self.has_tokens).items():
            components.header(name, header)
        if self.has_tokens:
            components.security_scheme("bearer", openapi_parts.BEARER)

    def add_operation(self, endpoint, query, status, schema, headers, problems):
        """Add the operation of a row."""
        rule = self.routes[endpoint]
        group, name = endpoint.split(".")
        (method,) = rule.methods - {"HEAD", "OPTIONS"}
        operation = {
            # For an id with an underscore Swagger UI reports that its link is deprecated.
            "operationId": name.replace("_", "-"),
            "tags": [group],
            "summary": self.app.view_functions[endpoint].__doc__,
            "description": openapi_parts.NOTES[endpoint],
            "security": [],
            "parameters": self.parameters(rule, query),
            "responses": {str(status): success_answer(endpoint, schema, headers)},
        }
        if method == "POST":
            operation["requestBody"] = openapi_parts.upload_body(self.has_tokens)
            operation["responses"]["202"] = success_answer("pending", PendingUploadSchema, headers)
            operation["responses"]["200"] = success_answer("refused", RefusedImageSchema, headers)
        problems = set(problems) - self.never
        if endpoint not in OPEN:
            problems |= {"unauthorized", "keys-unavailable", "too-many-requests"} - self.never
            operation["security"] = [{"bearer": []}] if self.has_tokens else []
        for code in sorted(problems - set(self.spec.components.examples)):
            kind = problem_types()[code]
            self.spec.components.example(code, {"summary": kind.title, "value": kind.example})
        operation["responses"] |= problem_answers(problems)
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
        return found + ([openapi_parts.IDEMPOTENCY_KEY] if "POST" in rule.methods else [])


def success_answer(endpoint, schema, headers):
    """Return the answer of an operation that succeeds."""
    answer = {
        "description": openapi_parts.ANSWERS[endpoint],
        "headers": header_references(headers),
    }
    if schema is None:
        return answer
    content = {"schema": schema, "example": examples.ANSWERS[endpoint]}
    return answer | {"content": {"application/json": content}}


def problem_answers(codes):
    """Return {status: answer} for the problems of an operation."""
    found = {}
    kinds = [problem_types()[code] for code in codes]
    for kind in sorted(kinds, key=lambda kind: (kind.status, kind.code)):
        response = found.setdefault(str(kind.status), empty_problem_answer())
        response["description"] += f"- [{kind.code}](problems/{kind.code}): {kind.happened}\n"
        response["headers"] |= header_references(kind.headers)
        reference = {"$ref": f"#/components/examples/{kind.code}"}
        response["content"]["application/problem+json"]["examples"][kind.code] = reference
    return found


def empty_problem_answer():
    """Return an answer to which problems are added."""
    content = {"schema": ProblemSchema, "examples": {}}
    return {
        "description": "",
        "headers": header_references([]),
        "content": {"application/problem+json": content},
    }


def header_references(names):
    """Return references to the named headers, and to X-Request-Id, which every answer has."""
    names = [*names, "X-Request-Id"]
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
