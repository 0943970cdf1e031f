"""The arguments of the calls that create the table or add an index to it."""

from service.repositories.aws.dynamodb.items import INDEXES


def find_index(table, name):
    """Return the description of a table's index, or None."""
    indexes = table.get("GlobalSecondaryIndexes", [])
    return next((index for index in indexes if index["IndexName"] == name), None)


def inactive_indexes(table):
    """Return the names of our indexes that a table's description lacks or that are not active."""
    found = {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}
    states = {name: found.get(name, {}).get("IndexStatus") for name in INDEXES}
    return [name for name, state in states.items() if state != "ACTIVE"]


def table_definition(table_name):
    """Return the arguments that create the table with all its indexes."""
    keys = [key for hash_key, range_key, _ in INDEXES.values() for key in (hash_key, range_key)]
    return {
        "TableName": table_name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "image_id", "KeyType": "HASH"}],
        "AttributeDefinitions": texts("image_id", *keys),
        "GlobalSecondaryIndexes": [index_definition(name) for name in INDEXES],
    }


def index_addition(table, name):
    """Return the arguments that add an index to a table, with the billing of the table."""
    definition = index_definition(name)
    capacity = table.get("ProvisionedThroughput", {})
    if capacity.get("ReadCapacityUnits"):
        definition["ProvisionedThroughput"] = {
            unit: capacity[unit] for unit in ("ReadCapacityUnits", "WriteCapacityUnits")
        }
    hash_key, range_key, _ = INDEXES[name]
    return {
        "TableName": table["TableName"],
        "AttributeDefinitions": texts(hash_key, range_key),
        "GlobalSecondaryIndexUpdates": [{"Create": definition}],
    }


def index_definition(name):
    """Return the definition of an index."""
    hash_key, range_key, kept = INDEXES[name]
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": kept}
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": hash_key, "KeyType": "HASH"},
            {"AttributeName": range_key, "KeyType": "RANGE"},
        ],
        "Projection": projection if kept else {"ProjectionType": "KEYS_ONLY"},
    }


def texts(*names):
    """Return the definitions of text attributes, without repeated names."""
    names = sorted(set(names))
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]
