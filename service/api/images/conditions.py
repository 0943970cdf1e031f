"""If-Match: the condition under which a request changes an image (RFC 9110, section 13.1.1)."""

import re

from flask import request

from service.common.errors import InvalidFields

TAG = r'(W/)?"([!#-~\x80-\xff]*+)"'
TAGS = re.compile(TAG)
# RFC 9110 has readers skip empty entries. The quantifiers never give back what they have read, so
# that a long header takes no more time than its length.
TAG_LIST = re.compile(rf"[ \t,]*+{TAG}(?:[ \t]*+,[ \t,]*+{TAG})*+[ \t,]*+")


def if_match():
    """Return the entity tags of If-Match, or None if every version will do. Raises InvalidFields.

    Weak tags are left out, because they match no version.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if not TAG_LIST.fullmatch(header):
        raise wrong('Send the ETag of a view with its quotes: If-Match: "0123…-1"; or *.')
    return {tag for weak, tag in TAGS.findall(header) if not weak}


def no_condition():
    """Refuse If-Match where the request is about several images. Raises InvalidFields."""
    if "If-Match" in request.headers:
        raise wrong("Leave it out: a batch has no condition. Change the images one by one.")


def wrong(message):
    """Return the error of an If-Match that cannot hold."""
    row = {"field": "If-Match", "message": message}
    return InvalidFields("Send another If-Match, or none.", errors=[row])
