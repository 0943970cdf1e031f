"""Uploads whose body is neither a form nor JSON: all that is wrong with them is told at once."""

from flask import request
from marshmallow import ValidationError

from service.api.problems.problem_answers import rows_of
from service.api.uploads import body_advice
from service.common.errors import InvalidFields, UnsupportedBody

READABLE = ("multipart/form-data", "application/json")


def require_readable(*checks):
    """Refuse a body that is neither a form nor JSON, with a row for each further fault.

    checks: functions that raise InvalidFields or ValidationError. Raises UnsupportedBody.
    """
    if request.mimetype in READABLE:
        return
    rows = {}
    for check in checks:
        for row in rows_from(check):
            rows.setdefault(row["field"], row)
    raise UnsupportedBody(body_advice.unsupported(request.mimetype), errors=list(rows.values()))


def rows_from(check):
    """Return the rows of the error that a check raises."""
    try:
        check()
    except ValidationError as error:
        return rows_of(error)
    except InvalidFields as error:
        return error.errors
    return []
