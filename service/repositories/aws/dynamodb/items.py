"""A record in DynamoDB: its item, tag entries, keys and expressions (docs/storage.md)."""

from service.models.image import (
    READY,
    RECORD_FIELDS,
    TRASHED,
    from_doc,
    is_image_id,
)

# The texts that every record has, also that of a newer version; items of other programs lack one.
NEEDED = ("image_id", "state", "nonce", "doc")
# This number may only grow, because a record's keys contain its shard. Every server must read a new
# shard before any server writes to it.
SHARDS = 4

# Index name: (hash key, range key, other attributes in the index).
INDEXES = {
    "by_user": ("user_list", "listed_at", ["doc"]),
    "by_all": ("all_list", "listed_at", ["doc"]),
    "by_due": ("due_list", "due_at", []),
}


def key_of(image_id):
    """Return the table key of an item."""
    return {"image_id": {"S": image_id}}


def item_of(image):
    """Return the item of a record. It is in no list, but in the index by_due if it has a due_at."""
    fields = {name: getattr(image, name) for name in RECORD_FIELDS}
    fields |= {"listed_at": image.listed_at, "doc": image.doc()}
    fields["due_list"] = due_list(image) if image.due_at else None
    return values(fields)


def entries_of(image):
    """Return the items that put an image into the lists of its tags."""
    return [
        values(
            {
                "image_id": entry_id(image, tag),
                "user_list": f"ut#{image.user_id}#{tag}",
                "all_list": f"t#{shard(image.image_id)}#{tag}",
                "listed_at": image.listed_at,
                "doc": image.doc(),
            }
        )
        for tag in image.tags
    ]


def entry_changes(before, after):
    """Return the actions of a transaction that bring an image's tag entries up to date."""
    gone = set(listed_tags(before)).difference(listed_tags(after))
    kept = entries_of(after) if listed_tags(after) else []
    return entry_deletes(before, sorted(gone)) + [{"Put": {"Item": entry}} for entry in kept]


def entry_deletes(image, tags):
    """Return the actions of a transaction that delete an image's entries of these tags."""
    return [{"Delete": {"Key": key_of(entry_id(image, tag))}} for tag in tags]


def listed_tags(image):
    """Return the tags under which an image is listed: none unless it is ready."""
    return image.tags if image.state == READY else ()


def entry_id(image, tag):
    """Return the key of a tag entry. It is never a valid image_id."""
    return f"entry#{image.image_id}#{tag}"


def image_of(item):
    """Return the Image of an item, or None if the item is no record of this service."""
    fields = {name: plain(item.get(name)) for name in (*RECORD_FIELDS, "doc")}
    needed = [fields[name] for name in NEEDED]
    # Any state will do: the record of a newer version must not count as absent.
    if not all(value and isinstance(value, str) for value in needed) or not is_image_id(needed[0]):
        return None
    return from_doc(fields.pop("doc"), **fields)


def listed_image(item, state):
    """Return the Image of an index entry, which is of a record or of a tag entry.

    state: that of the images in its list.
    """
    image_id = item["listed_at"]["S"].rpartition("#")[2]
    return from_doc(item["doc"]["S"], image_id=image_id, state=state)


def user_list(image):
    """Return the by_user key of the list of a user's images, or of the user's trash."""
    return f"{'x' if image.state == TRASHED else 'u'}#{image.user_id}"


def all_list(image):
    """Return the by_all key of the list of all images in one shard, or of all in the trash."""
    return f"{'x' if image.state == TRASHED else 'a'}#{shard(image.image_id)}"


def due_list(image):
    """Return the by_due key of the records the sweep must look at in one shard."""
    return f"due#{shard(image.image_id)}"


def shard(image_id):
    """Return the shard of an image."""
    return int(image_id[:8], 16) % SHARDS


def query_groups(query):
    """Return (index, groups of keys). A group has one key for each tag, or a single key."""
    tags = sorted(query.tags)
    if query.trashed and query.user_id:
        return "by_user", [[f"x#{query.user_id}"]]
    if query.trashed:
        return "by_all", [[f"x#{number}"] for number in range(SHARDS)]
    if query.user_id and not tags:
        return "by_user", [[f"u#{query.user_id}"]]
    if query.user_id:
        return "by_user", [[f"ut#{query.user_id}#{tag}" for tag in tags]]
    if not tags:
        return "by_all", [[f"a#{number}"] for number in range(SHARDS)]
    return "by_all", [[f"t#{number}#{tag}" for tag in tags] for number in range(SHARDS)]


def put(item, condition, parameters):
    """Return the arguments of a conditional put, alone or in a transaction, but for the table."""
    return {"Item": item, **conditioned(condition, parameters)}


def update(image_id, change, condition, parameters):
    """Return the arguments of a conditional update, as `put` does."""
    return {
        "Key": key_of(image_id),
        "UpdateExpression": change,
        **conditioned(condition, parameters),
    }


def conditioned(condition, parameters):
    """Return the arguments of a condition. #state: `state` is a reserved word of DynamoDB."""
    return {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": values(parameters),
    }


def values(fields):
    """Return plain values as DynamoDB's attribute values, without those that are None."""
    return {name: value_of(value) for name, value in fields.items() if value is not None}


def value_of(value):
    """Return the attribute value of a text, a whole number or a boolean."""
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def plain(value):
    """Return the plain value of an attribute value, or None."""
    if not value:
        return None
    ((kind, content),) = value.items()
    if kind == "N":
        return int(content) if content.isdigit() else None
    return content if kind in ("S", "BOOL") else None
