"""Keeps what moto finds out anew for every request, and takes short ways through what is left.

Together that is half of moto's time.

Each name is moto's own, so its absence stops the run.
"""

import functools
import pickle
import string

from moto import backend_index
from moto.core import responses, serialize
from moto.core.base_backend import BaseBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.moto_api._internal.moto_random import MotoRandom


def install():
    """Let moto keep what follows from its own code and AWS's descriptions of the services."""
    # It compares an address with those of all services until one fits.
    backend_index.backend_url_patterns.sort(key=lambda row: row[0] not in ("s3", "dynamodb"))
    # A backend's addresses, for which S3 loads a module again.
    BaseBackend.urls = kept_for_class(BaseBackend.urls)
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    serializer = serialize.ResponseSerializer
    serializer.get_value = kept_names(serializer.get_value)
    json_serializer = serialize.BaseJSONSerializer
    json_serializer._serialize_type_structure = copied_texts(
        json_serializer._serialize_type_structure
    )
    DynamoType.__deepcopy__ = shared_texts(DynamoType.__deepcopy__)
    # Those who change what is parsed do so in a copy.
    UpdateExpressionParser.make = functools.cache(UpdateExpressionParser.make)
    validators.deepcopy = copied
    assert DepthFirstTraverser.traverse_node_recursively
    DepthFirstTraverser.traverse_node_recursively = traverse
    assert MotoRandom.get_random_string
    MotoRandom.get_random_string = drawn_at_once


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


def copied_texts(serialize_structure):
    """Return a method that copies a text or number of DynamoDB's, as its answers show it.

    moto would look for each of the ten kinds of value that it may be.
    """

    def serialize(serializer, serialized, value, shape, key):
        if shape.name == "AttributeValue" and type(value) is dict and len(value) == 1:
            ((kind, content),) = value.items()
            if kind in ("S", "N") and type(content) is str:
                serialized[serializer.get_serialized_name(shape, key)] = {kind: content}
                return
        serialize_structure(serializer, serialized, value, shape, key)

    return serialize


def shared_texts(copy_deeply):
    """Return a method that copies lists and maps only: moto never changes a text or number.

    It copies a table's items before every transaction, and those that a query finds.
    """

    def copy(value, memo):
        return value if type(value.value) is str else copy_deeply(value, memo)

    return copy


def copied(nodes):
    """Return a deep copy, faster than the module `copy` makes it."""
    return pickle.loads(pickle.dumps(nodes))


def traverse(traverser, node, child_id=-1):
    """Process the nodes below a node, then itself, as moto does; return what it became.

    moto asks each time again which kinds of nodes a traverser processes, and what is a node.
    """
    if not is_one_of(type(node), Node):
        return node
    if "kinds" not in vars(traverser):
        traverser.kinds = traverser.nodes_to_be_processed()
    parent = node.parent
    for number, child in enumerate(node.children or ()):
        traverser.pre_processing_of_child(node, number)
        traverse(traverser, child, number)
    if is_one_of(type(node), traverser.kinds):
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[child_id] = node
    return node


@functools.cache
def is_one_of(cls, kinds):
    """Tell whether a class is one of these or below one of them."""
    return issubclass(cls, kinds)


def drawn_at_once(random, length=20, include_digits=True, lower_case=False):
    """Return a text of so many random letters and digits."""
    pool = string.ascii_letters + (string.digits if include_digits else "")
    text = "".join(random.choices(pool, k=length))
    return text.lower() if lower_case else text
