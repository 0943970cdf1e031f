"""JSON texts, parsed within bounds: while the parser runs, nothing else does in the process."""

import json

from service.api.schema_fields import MOST_ENTRIES
from service.common.errors import BadRequest

MOST_NAMES = 30
# More than all texts of an upload hold. Each value but the first stands behind one of these signs.
VALUE_SIGNS = ",[{"
MOST_VALUES = 10_000


def parse(text):
    """Return the value of a JSON text. Raises BadRequest, ValueError or RecursionError."""
    require_few_values(text)
    return PARSER.decode(text)


def require_few_values(text):
    """Refuse a JSON text of far more values than an upload has, before it is parsed."""
    many = any(holds_more(text, sign, MOST_VALUES) for sign in VALUE_SIGNS)
    if many and text.lstrip().startswith(("{", "[")):
        raise BadRequest(
            f"Send a JSON object of at most {MOST_NAMES} names, its lists of at most "
            f"{MOST_ENTRIES} entries; image_data is base64 text, not a list of numbers."
        )


def holds_more(text, sign, most):
    """Tell whether a sign stands in a text more often than that. Fast where it is rare."""
    place = 0
    for _ in range(most + 1):
        place = text.find(sign, place) + 1
        if place == 0:
            return False
    return True


def unique(pairs):
    """Return the pairs of a JSON object as a dict. Raises ValueError for a repeated name."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands twice in one object.")
    return values


def refuse_constant(name):
    """Refuse NaN and the infinities, which JSON does not have."""
    raise ValueError(f"{name} is not JSON.")


def bounded(kind, most):
    """Return a parser of numbers of at most so many characters: long ones take long to convert."""

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
