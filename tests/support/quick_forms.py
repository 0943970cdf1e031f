"""Lets all forms of Flask's test client have one boundary.

werkzeug compiles the regular expressions of a boundary anew for each one it has not met.
"""

import functools

import werkzeug.test

BOUNDARY = "boundary-of-all-forms-of-the-tests-5d1f0c8a7e"


def install():
    """Give the boundary to all forms. The name is werkzeug's own: its absence stops the run."""
    encode = werkzeug.test.stream_encode_multipart
    werkzeug.test.stream_encode_multipart = functools.partial(encode, boundary=BOUNDARY)
