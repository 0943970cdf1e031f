"""The headers that describe an upload's bytes, as S3 names them."""

import base64

SHA256 = "x-amz-checksum-sha256"


def upload_headers(image):
    """Return the headers to send with an image's bytes: their type and, if known, their digest."""
    headers = {"Content-Type": image.content_type}
    if image.sha256:
        headers[SHA256] = base64.b64encode(bytes.fromhex(image.sha256)).decode()
    return headers
