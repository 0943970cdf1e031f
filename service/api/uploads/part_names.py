"""Read the name of a file part as its client meant it."""

import re
from urllib.parse import unquote

# A parameter of a header: its name, and its value, quoted or not.
PARAMETER = re.compile(r';\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
ESCAPED = re.compile(r'\\(["\\])')
# RFC 8187, which sends any Unicode percent-encoded.
EXTENDED = re.compile(r"(utf-8|iso-8859-1)'[^']*'(.*)", re.IGNORECASE)


def part_filename(part):
    """Return the file name of a part (Werkzeug's FileStorage), or an empty text.

    Werkzeug removes every backslash, as HTTP escapes characters, but browsers send paths with them.
    """
    found = PARAMETER.findall(part.headers.get("Content-Disposition", ""))
    texts = {name.lower(): text for name, text in found}
    extended = EXTENDED.fullmatch(texts.get("filename*", "").strip().strip('"'))
    if extended:
        return unquote(extended[2], encoding=extended[1])
    if "filename" in texts:
        return plain(texts["filename"].strip())
    return part.filename or ""


def plain(text):
    """Return the value of a `filename`: without its quotes, with the escaped characters."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = ESCAPED.sub(r"\1", text[1:-1])
    # Browsers percent-encode a quote, and no other visible character.
    return text.replace("%22", '"')
