"""Keeps what moto finds out anew for every request, which is a fifth of its time.

Each name is moto's own, so its absence stops the run.
"""

import functools

from moto.core import responses, serialize
from moto.core.base_backend import BaseBackend


def install():
    """Let moto keep what follows from its own code and AWS's descriptions of the services."""
    # A backend's addresses, for which S3 loads a module again.
    BaseBackend.urls = kept_for_class(BaseBackend.urls)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    serializer = serialize.ResponseSerializer
    serializer.get_value = kept_names(serializer.get_value)


def kept_for_class(found):
    """Return a property that is worked out once for each class."""
    values = {}

    def get(backend):
        cls = type(backend)
        if cls not in values:
            values[cls] = found.fget(backend)
        return values[cls]

    return property(get)


def kept_names(get_value):
    """Return a method that works out once which names a member may have in a class's objects.

    Only where no answer's values are rewritten, as those of DynamoDB and S3 never are.
    """
    kept = {}

    def value_of(serializer, value, key, shape):
        picker = serializer._value_picker
        if getattr(picker, "response_transformers", True):
            return get_value(serializer, value, key, shape)
        case = (type(value), key, shape, getattr(shape, "parent", None))
        if case not in kept:
            context = serialize.AttributePickerContext(value, key, shape)
            kept[case] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
        return first_of(value, kept[case])

    return value_of


def first_of(value, names):
    """Return the first of some items or attributes that is there, or None."""
    if type(value) is dict:
        return next((value[name] for name in names if name in value), None)
    found = (serialize.get_value(value, name, serialize.MISSING) for name in names)
    return next((one for one in found if one is not serialize.MISSING), None)
