"""Parse JSON texts within limits, because the parser blocks all other threads while it runs."""

import json

from service.api.schema_fields import MOST_ENTRIES
from service.common.errors import BadRequest

MOST_NAMES = 30
# Every JSON value but the first follows one of these characters; no upload has MOST_VALUES values.
BEFORE_VALUES = ",[{"
MOST_VALUES = 10_000


def parse(text):
    """Return the value of a JSON text. Raises BadRequest, ValueError or RecursionError."""
    require_few_values(text)
    return PARSER.decode(text)


def require_few_values(text):
    """Refuse a JSON text of far more values than an upload has, before it is parsed."""
    many = any(holds_more(text, mark, MOST_VALUES) for mark in BEFORE_VALUES)
    if many and text.lstrip().startswith(("{", "[")):
        raise BadRequest(
            f"Send a JSON object of at most {MOST_NAMES} names, its lists of at most "
            f"{MOST_ENTRIES} entries; image_data is base64 text, not a list of numbers."
        )


def holds_more(text, mark, most):
    """Tell whether a text has more than `most` of a character. Fast if it has few."""
    position = 0
    for _ in range(most + 1):
        position = text.find(mark, position) + 1
        if position == 0:
            return False
    return True


def unique(pairs):
    """Return the pairs of a JSON object as a dict. Raises ValueError for a repeated name."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name appears twice in one object.")
    return values


def refuse_constant(name):
    """Refuse NaN and the infinities, which JSON does not have."""
    raise ValueError(f"{name} is not JSON.")


def bounded(kind, most):
    """Return a parser of numbers that refuses long ones, which take much time to convert."""

    def parse(text):
        if len(text) > most:
            raise ValueError(f"a number has more than {most} characters.")
        return kind(text)

    return parse


PARSER = json.JSONDecoder(
    object_pairs_hook=unique,
    parse_constant=refuse_constant,
    parse_float=bounded(float, 40),
    parse_int=bounded(int, 500),
)
