"""The headers of answers that web pages of other origins may read."""

# S3 itself sends the first three; its answers and those of the API are exposed alike.
EXPOSED_HEADERS = (
    "ETag", "Content-Range", "Content-Disposition", "WWW-Authenticate", "Link", "Location",
    "Retry-After", "X-Request-Id",
)  # fmt: skip
