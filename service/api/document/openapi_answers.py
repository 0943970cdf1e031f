"""The answers of operations in the API document: those of success, and the problems."""

from service.api.document import openapi_examples as examples
from service.api.document import openapi_parts
from service.api.document.answer_schemas import ProblemSchema
from service.api.problems.problem_types import problem_types


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
    for kind in sorted((problem_types()[code] for code in codes), key=by_status):
        response = found.setdefault(str(kind.status), empty_problem_answer())
        response["description"] += f"- [{kind.code}](problems/{kind.code}): {kind.happened}\n"
        response["headers"] |= header_references(kind.headers)
        reference = {"$ref": f"#/components/examples/{kind.code}"}
        response["content"]["application/problem+json"]["examples"][kind.code] = reference
    return found


def by_status(kind):
    """Return the sort key of a ProblemType: status, then code."""
    return kind.status, kind.code


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
