"""The request class, which limits the size of a form and closes its files."""

import contextlib
import re

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser, MultiPartParser

from service.common.spooled_files import SpooledFile
from service.models.image import SPOOL_BYTES

MOST_FORM_PARTS = 100
MOST_HEADER_CHARACTERS = 32 * 1024
# Added for each header, because even an empty one takes time.
HEADER_CHARACTERS = 32
# RFC 2046 allows 70 characters, and some clients use more. Searching the body for a long boundary,
# or for one with line breaks, takes much time.
BOUNDARY = re.compile(r"[ -~]{1,200}")
# Werkzeug applies this limit to its read buffer too (64 KiB and the start of a boundary).
MOST_FORM_TEXT = 128 * 1024


class PartParser(MultiPartParser):
    """Reads the parts of a form. Raises RequestEntityTooLarge when their headers are too long.

    Werkzeug limits each header but not all together, and they take more time than file bytes.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.header_characters = 0

    def start_file_streaming(self, event, total_content_length):
        """Return the file to which the bytes of a part are written."""
        self.count(event.headers)
        return super().start_file_streaming(event, total_content_length)

    def get_part_charset(self, headers):
        """Return the encoding of a text part."""
        self.count(headers)
        return super().get_part_charset(headers)

    def count(self, headers):
        """Add the headers of one more part. Raises RequestEntityTooLarge."""
        self.header_characters += sum(
            HEADER_CHARACTERS + len(name) + len(value) for name, value in headers
        )
        if self.header_characters > MOST_HEADER_CHARACTERS:
            raise RequestEntityTooLarge


class FormParser(FormDataParser):
    """Reads multipart forms, and limits their texts together. Raises Werkzeug's errors."""

    def parse(self, stream, mimetype, content_length, options=None):
        """Return (stream, fields, files). A body of another type has no fields and no files."""
        if mimetype != "multipart/form-data":
            return stream, self.cls(), self.cls()
        parser = PartParser(
            self.stream_factory,
            self.max_form_memory_size,
            self.cls,
            max_form_parts=self.max_form_parts,
        )
        boundary = options.get("boundary", "")
        if not BOUNDARY.fullmatch(boundary):
            raise ValueError("The boundary is missing, too long or malformed.")
        fields, files = parser.parse(stream, boundary.encode(), content_length)
        if sum(len(text) for _, text in fields.items(multi=True)) > self.max_form_memory_size:
            raise RequestEntityTooLarge
        return stream, fields, files


class UploadRequest(Request):
    """A request that refuses a malformed form, and closes its files when it is closed."""

    form_data_parser_class = FormParser
    max_form_parts = MOST_FORM_PARTS
    max_form_memory_size = MOST_FORM_TEXT

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.spooled = contextlib.ExitStack()

    def new_file(self):
        """Return an empty file, in memory while it is small, which close() closes."""
        return self.spooled.enter_context(SpooledFile(SPOOL_BYTES))

    def _get_file_stream(self, *_args, **_kwargs):
        return self.new_file()

    def close(self):
        """Close the files, also those of an incomplete body."""
        self.spooled.close()
