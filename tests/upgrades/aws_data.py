"""Saves the data of a table and a bucket as text files, and loads it; both on moto."""

import base64
import json

# The values that S3 stores with an object, as arguments of `put_object`. Moto has no checksums.
KEPT = ("ContentType", "ContentEncoding", "ContentDisposition", "CacheControl", "Metadata")


def save(images, objects, folder):
    """Write the items and objects of two repositories into a folder's files."""
    items = images.client.scan(TableName=images.table_name)["Items"]
    items.sort(key=lambda item: item["image_id"]["S"])
    lines = [json.dumps(item, ensure_ascii=False, sort_keys=True) for item in items]
    (folder / "items.jsonl").write_text("\n".join(lines) + "\n")
    kept = [read_object(objects, key) for key in sorted(objects.list(""))]
    (folder / "objects.json").write_text(json.dumps(kept, indent=1) + "\n")


def read_object(objects, key):
    """Return an object as the arguments of `put_object`, with its bytes in base64."""
    found = objects.client.get_object(Bucket=objects.bucket_name, Key=key)
    kept = {name: found[name] for name in KEPT if found.get(name)}
    return {"Key": key, "Body": base64.b64encode(found["Body"].read()).decode()} | kept


def load(images, objects, folder):
    """Load what was saved in a folder into the table and the bucket of two repositories."""
    for line in (folder / "items.jsonl").read_text().splitlines():
        images.client.put_item(TableName=images.table_name, Item=json.loads(line))
    for kept in json.loads((folder / "objects.json").read_text()):
        body = base64.b64decode(kept["Body"])
        objects.client.put_object(**kept | {"Bucket": objects.bucket_name, "Body": body})
