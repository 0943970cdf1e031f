"""What AWS would bill for the calls of an app: DynamoDB's units and S3's requests, by class.

The calls are counted between the SDK's clients and the network, because the fast path for DynamoDB
goes around the SDK's own events. The units follow DynamoDB's documented rules from the items before
and after each call; https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
(read-write-operations, capacity-unit-calculations, GSI).
"""

import json
import math
import threading
from collections import Counter
from urllib.parse import urlsplit

from service.repositories.aws.dynamodb.items import INDEXES

READ_BLOCK = 4096
WRITE_BLOCK = 1024
# S3's two classes of requests; DELETE is free.
S3_CLASSES = {"PUT": "s3 write", "POST": "s3 write", "GET": "s3 read", "HEAD": "s3 read"}
WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


class Meter:
    """The HTTP sessions of an app's clients; passes each request on and adds up what it costs.

    reader: another DynamoDB client, whose calls are not counted. pass_on(send, request) returns the
    answer to a request; send is that of the client's own session.
    Since `start`: counts: what is billed; units: by (name of the call, "table" or index), without
    what a transaction doubles; told: the same as the store itself tells it, if it is asked.
    """

    def __init__(self, reader, clients, pass_on=lambda send, request: send(request)):
        self.reader = reader
        self.pass_on = pass_on
        self.turn = threading.RLock()
        self.start()
        for client in clients:
            client._endpoint.http_session = Metered(self, client._endpoint.http_session)

    def start(self):
        """Begin to count anew."""
        self.counts, self.units, self.told = Counter(), Counter(), Counter()

    def answer(self, send, request):
        """Return the answer to a request."""
        # One at a time: the items before and after a call must be those of this call.
        with self.turn:
            if "X-Amz-Target" not in request.headers:
                return self.answer_of_s3(send, request)
            return self.answer_of_dynamodb(send, request)

    def answer_of_s3(self, send, request):
        """Count a request to S3."""
        place = urlsplit(request.url)
        kind = "s3 write" if "list-type=" in place.query else S3_CLASSES.get(request.method)
        if kind:
            self.counts[kind] += 1
        self.counts["s3 calls"] += 1
        return self.pass_on(send, request)

    def answer_of_dynamodb(self, send, request):
        """Count a request to DynamoDB, and the units that it uses."""
        name = text_of(request.headers["X-Amz-Target"]).rpartition(".")[2]
        call = json.loads(request.body)
        self.counts["dynamodb calls"] += 1
        keys = written_keys(name, call)
        before = [self.item(table, key) for table, key in keys]
        response = self.pass_on(send, request)
        answer = json.loads(response.content or b"{}")
        used = Counter(read_units(name, call, answer))
        kind = "write unit" if keys else "read unit"
        for (table, key), old in zip(keys, before, strict=True):
            used.update(write_units(old, self.item(table, key)))
        # A transaction prepares and commits each of its writes. That this doubles the writes to the
        # indexes too is not documented: so it is the upper bound.
        self.counts[kind] += sum(used.values()) * (2 if name == "TransactWriteItems" else 1)
        self.units.update({(name, place): units for place, units in used.items()})
        for told in listed(answer.get("ConsumedCapacity", [])):
            # An emulator that does not compute them tells no table.
            if "Table" in told:
                self.told.update({(name, place): units for place, units in told_units(told)})
        return response

    def item(self, table, key):
        """Return an item as it is now, or {}."""
        found = self.reader.get_item(TableName=table, Key=key, ConsistentRead=True)
        return found.get("Item", {})


class Metered:
    """An HTTP session of the SDK whose requests a meter counts."""

    def __init__(self, meter, session):
        self.meter = meter
        self.session = session

    def send(self, request):
        """Return the answer to a request."""
        return self.meter.answer(self.session.send, request)

    def close(self):
        """Close the session."""
        self.session.close()


def text_of(header):
    """Return a header's text; the fast path has bytes."""
    return header.decode() if isinstance(header, bytes) else header


def listed(value):
    """Return a list of one thing, or the list that it is."""
    return value if isinstance(value, list) else [value]


def written_keys(name, call):
    """Return (table, key) of each item that a call writes."""
    if name == "TransactWriteItems":
        actions = [action for one in call["TransactItems"] for action in one.values()]
    else:
        actions = [call] if name in WRITES else []
    return [(one["TableName"], one.get("Key") or key_in(one["Item"])) for one in actions]


def key_in(item):
    """Return the table key of an item."""
    return {"image_id": item["image_id"]}


def write_units(old, new):
    """Return {"table" or index: units} of a write.

    Of the table those of the larger version, also if the write was refused; of an index none where
    the attributes that it holds stay the same.
    """
    units = {"table": max(blocks(size_of(item), WRITE_BLOCK) for item in (old, new))}
    for name, keys in INDEXES.items():
        versions = projected(old, *keys), projected(new, *keys)
        if versions[0] == versions[1]:
            continue
        sizes = [blocks(size_of(item), WRITE_BLOCK) for item in versions if item]
        moved = len(sizes) == 2 and any(versions[0][key] != versions[1][key] for key in keys[:2])
        units[name] = sum(sizes) if moved else max(sizes)
    return units


def projected(item, hash_key, range_key, others):
    """Return an item's attributes in an index, or {} if it is not in the index."""
    if hash_key not in item or range_key not in item:
        return {}
    names = {"image_id", hash_key, range_key, *others}
    return {name: value for name, value in item.items() if name in names}


def read_units(name, call, answer):
    """Return {"table" or index: units} of a read; {} of a write."""
    share = 1 if call.get("ConsistentRead") else 0.5
    if name == "GetItem":
        return {"table": share * blocks(size_of(answer.get("Item", {})), READ_BLOCK)}
    if name in ("Query", "Scan"):
        size = sum(map(size_of, answer["Items"]))
        return {call.get("IndexName", "table"): share * blocks(size, READ_BLOCK)}
    if name == "BatchGetItem":
        (table,) = call["RequestItems"].values()
        share = 1 if table.get("ConsistentRead") else 0.5
        (found,) = answer["Responses"].values()
        return {"table": share * sum(blocks(size_of(item), READ_BLOCK) for item in found)}
    return {}


def told_units(capacity):
    """Yield ("table" or index, units) of what DynamoDB itself tells of a call."""
    yield "table", capacity["Table"]["CapacityUnits"]
    for name, index in capacity.get("GlobalSecondaryIndexes", {}).items():
        yield name, index["CapacityUnits"]


def blocks(size, block):
    """Return how many blocks are billed for so many bytes; one at least."""
    return max(1, math.ceil(size / block))


def size_of(item):
    """Return the bytes of an item by DynamoDB's rules: of its names and of its values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value):
    """Return the bytes of an attribute's value."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return math.ceil(len(content.strip("-").replace(".", "")) / 2) + 1
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return 3 + sum(1 + value_size(one) for one in content)
    return 3 + sum(len(name.encode()) + 1 + value_size(one) for name, one in content.items())
