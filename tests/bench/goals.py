"""What each figure must reach: (relation, bound) by the figure's name."""

GOALS = {
    "view, in process": ("≤", 0.90),
    "view, under gunicorn": ("≤", 1.30),
    # With a thumb for each image a list may cost a tenth more than the 0.70, 1.05 and 3.5 before.
    "list 20, in process": ("≤", 0.77),
    "list 20, under gunicorn": ("≤", 1.15),
    "upload 200 KB, in process, validation apart": ("≤", 1.25),
    "upload 200 KB, under gunicorn, validation apart": ("≤", 1.75),
    "upload 10 MB as multipart, in process, validation apart": ("≤", 2.0),
    "upload 10 MB as JSON, in process, validation apart": ("≤", 4.0),
    "delete, in process": ("≤", 1.0),
    "delete, under gunicorn": ("≤", 1.35),
    "memory per 10 MB upload, multipart": ("≤", 0.5),
    "memory per 10 MB upload, JSON": ("≤", 3.5),
    "cold start": ("≤", 1.0),
    "uploads a second with store latency": ("≥", 3.5),
    "embedded view": ("≤", 2.0),
    "embedded list 20": ("≤", 3.85),
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
    # Of each of the image's three tags two counts are changed.
    "DynamoDB calls, upload": ("=", 2 + 6),
    # The original, and beside it the thumb.
    "S3 calls, upload": ("=", 2),
    "DynamoDB calls, delete": ("=", 2 + 6),
    "S3 calls, delete": ("=", 1),
    "DynamoDB calls, view of large": ("=", 1),
    "S3 calls, view of large": ("=", 1),
    "DynamoDB calls, list of a user": ("=", 1),
    "DynamoDB calls, list of a user and two tags": ("=", 2),
    "DynamoDB calls, list of everyone, four shards": ("=", 4),
}
STARTS = {
    "S3 calls, list": ("=", 0),
    "connections, ": ("=", 0),
    "DynamoDB items read, ": ("=", 1),
    "SQLite steps, ": ("=", 1),
}


def goal_of(name):
    """Return a figure's goal, or None."""
    found = [goal for start, goal in STARTS.items() if name.startswith(start)]
    return GOALS.get(name, found[0] if found else None)
