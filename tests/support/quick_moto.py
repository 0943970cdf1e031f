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
    picker = serialize.XFormedAttributePicker
    picker.get_possible_keys = kept_keys(picker.get_possible_keys)


def kept_for_class(found):
    """Return a property that is worked out once for each class."""
    values = {}

    def get(backend):
        cls = type(backend)
        if cls not in values:
            values[cls] = found.fget(backend)
        return values[cls]

    return property(get)


def kept_keys(find):
    """Return a method that works out once which keys an attribute may have in a class's objects."""
    kept = {}

    def possible_keys(picker, context):
        shape = context.shape
        case = (type(context.obj), context.key, shape, getattr(shape, "parent", None))
        if case not in kept:
            kept[case] = tuple(dict.fromkeys(find(picker, context)))
        return kept[case]

    return possible_keys
