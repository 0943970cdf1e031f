"""The files of a bag beside its originals: records, manifests and the bag's description."""

from datetime import UTC, datetime

from service.common.version import VERSION
from service.operators.bags import layout

DECLARATION = ("BagIt-Version: 1.0", "Tag-File-Character-Encoding: UTF-8")


def begin(bag, user_id, store_id):
    """Write to a BagFolder whose bag it will be, so that the next export can go on."""
    bag.write(layout.BAG_INFO, layout.info_text(label(user_id, store_id)).splitlines())
    bag.write(layout.BAGIT, DECLARATION)


def complete(bag, index, user_id, store_id):
    """Write the records, the manifests and the description of an index to a BagFolder.

    Returns (images, trashed, bytes) of the originals in it.
    """
    images, trashed, size = index.totals()
    digest, records_size = bag.write(layout.RECORDS, index.lines())
    written = {layout.MANIFEST: bag.write(layout.MANIFEST, manifest(digest, index))}
    fields = [("Bagging-Date", datetime.now(UTC).date().isoformat())]
    fields.append(("Payload-Oxum", f"{size + records_size}.{images + trashed + 1}"))
    lines = layout.info_text(fields + label(user_id, store_id)).splitlines()
    written[layout.BAG_INFO] = bag.write(layout.BAG_INFO, lines)
    written[layout.BAGIT] = bag.write(layout.BAGIT, DECLARATION)
    lines = [layout.manifest_line(digest, name) for name, (digest, _) in sorted(written.items())]
    bag.write(layout.TAG_MANIFEST, lines)
    return images, trashed, size


def manifest(records_digest, index):
    """Yield the lines of the manifest, in the order of their paths."""
    yield layout.manifest_line(records_digest, layout.RECORDS)
    for digest, path in index.digests():
        yield layout.manifest_line(digest, path)


def label(user_id, store_id):
    """Return the fields of BAG_INFO that tell whose bag it is; user_id: None for all users.

    store_id: the identity of the store from which it comes.
    """
    fields = [("Bag-Software-Agent", f"Image Service {VERSION}")]
    fields.append((layout.FORMAT_LABEL, layout.FORMAT))
    fields.append((layout.STORE_LABEL, store_id))
    return fields + ([(layout.USER_LABEL, user_id)] if user_id else [])
