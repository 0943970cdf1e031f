"""What each figure must reach: (relation, bound) by the figure's name."""

PLACES = ("in process", "under gunicorn")
GOALS = {
    "view, in process": ("≤", 0.60),
    "view, under gunicorn": ("≤", 0.80),
    # With a thumb for each image a list may cost a tenth more than the 0.70, 1.05 and 3.5 before.
    "list 20, in process": ("≤", 0.77),
    "list 20, under gunicorn": ("≤", 1.15),
    "upload 200 KB, in process, validation apart": ("≤", 1.25),
    "upload 200 KB, under gunicorn, validation apart": ("≤", 1.75),
    "upload 10 MB as multipart, in process, validation apart": ("≤", 2.0),
    # Against `put_object` alone it is only shown: Python's base64 takes twice as long as that.
    "upload 10 MB as JSON, in process, ÷ floor that decodes": ("≤", 2.0),
    "delete, in process": ("≤", 0.60),
    "delete, under gunicorn": ("≤", 0.70),
    "memory per 10 MB upload, multipart": ("≤", 0.5),
    "memory per 10 MB upload, JSON": ("≤", 3.5),
    "cold start": ("≤", 1.0),
    "embedded view": ("≤", 2.0),
    "embedded list 20": ("≤", 3.85),
    "embedded delete of 100, ÷ 100 singles": ("≤", 0.6),
    "check and thumb of a 12 Mpx JPEG": ("≤", 1.8),
    "check and thumb of a 12 Mpx JPEG, progressive": ("≤", 1.2),
    "memory of check and thumb, 12 Mpx JPEG": ("≤", 15),
    "memory of check and thumb, 48 Mpx JPEG": ("≤", 15),
    "a page of 20 photographs, with thumbs": ("≤", 0.4),
    "SSIM of our thumb ÷ a full decoding's": ("≥", 0.998),
    "thumb ÷ sharp": ("≤", 1.10),
    "cold thumb over HTTP ÷ ipx": ("≤", 0.85),
    "cold thumb over HTTP ÷ thumbor": ("≤", 1.0),
    "package size": ("≤", 55),
    "DynamoDB calls, view": ("=", 1),
    "S3 calls, view": ("=", 0),
    # Two, and two for each of three tags, which count it.
    "DynamoDB calls, upload": ("=", 8),
    # The original, and beside it the thumb.
    "S3 calls, upload": ("=", 2),
    "DynamoDB calls, delete": ("=", 8),
    "S3 calls, delete": ("=", 1),
    "DynamoDB calls, PATCH": ("=", 2),
    # One tag goes, another comes.
    "DynamoDB calls, PATCH of a tag": ("=", 6),
    # All are read in one call, and written one by one.
    "DynamoDB calls, update of 100": ("=", 101),
    # Three tags are counted once for their user, and once for each of four shards.
    "DynamoDB calls, delete of 100": ("=", 1 + 100 + 3 * (1 + 4)),
    "S3 calls, delete of 100": ("=", 1),
    "DynamoDB calls, tags": ("=", 1),
    "DynamoDB calls, tags of everyone": ("=", 4),
    "DynamoDB calls, list of dates": ("=", 1),
    # 2,000 records, 250 in each answer.
    "DynamoDB calls, list by q, few match": ("=", 8),
    "DynamoDB calls, view of large": ("=", 1),
    "S3 calls, view of large": ("=", 1),
    "DynamoDB calls, list of a user": ("=", 1),
    "DynamoDB calls, list of a user and two tags": ("=", 2),
    "DynamoDB calls, list of everyone, four shards": ("=", 4),
}
# What was new with the changes of images and the filters of lists.
LATER = (
    "PATCH",
    "PATCH of a tag",
    "update of 100",
    "delete of 100",
    "tags",
    "tags of everyone",
    "list of dates",
    "list, oldest first",
    "list by q, half match",
    "list by content_type, all match",
    "list by q, few match",
    "list by content_type, few match",
    "list untagged, few match",
)
# How many calls run at the same time is luck, and so is whether one more connection is needed.
# Without kept connections each of their calls would open one.
PARALLEL = ("upload", "delete", "PATCH of a tag", "tags of everyone")
GOALS |= {f"connections, {kind}": ("≤", 1) for kind in PARALLEL}
GOALS |= {f"connections, {kind}": ("≤", 5) for kind in ("update of 100", "delete of 100")}
GOALS |= {f"{kind}, {place}": ("≤", 1.3) for kind in LATER for place in PLACES}
GOALS |= {f"delete of 100, {place}, ÷ 100 singles": ("≤", 0.6) for place in PLACES}
STARTS = {
    "S3 calls, list": ("=", 0),
    "S3 calls, tags": ("=", 0),
    "S3 calls, PATCH": ("=", 0),
    "S3 calls, update": ("=", 0),
    "connections, ": ("=", 0),
    "DynamoDB items read, ": ("=", 1),
    "DynamoDB items a search reads, ": ("≤", 2000),
    "SQLite steps, ": ("=", 1),
    # A search ends after 50 ms, but not within a chunk, which takes about 5.
    "a page at 100,000, ": ("≤", 60),
    "Python's lock a page, ": ("≤", 5),
}


def goal_of(name):
    """Return a figure's goal, or None."""
    found = [goal for start, goal in STARTS.items() if name.startswith(start)]
    return GOALS.get(name, found[0] if found else None)
