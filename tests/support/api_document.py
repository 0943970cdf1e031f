"""Ways into the API document."""

import jsonschema


def operations(document):
    """Return the operations by (method, path)."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def check(document, value, schema):
    """Fail unless a value is as a schema of the document says."""
    jsonschema.validate(value, schema | {"components": document["components"]})


def schemas_in(part):
    """Return all JSON Schemas in a part of the document that have examples or a name."""
    if isinstance(part, list):
        return [found for one in part for found in schemas_in(one)]
    if not isinstance(part, dict):
        return []
    inner = [found for one in part.values() for found in schemas_in(one)]
    return [part, *inner] if isinstance(part.get("type"), str | list) else inner


def schema_of(document, *names):
    """Return the JSON Schema of a component's property."""
    schema, name = names
    return document["components"]["schemas"][schema]["properties"][name]
