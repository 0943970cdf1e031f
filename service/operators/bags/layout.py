"""A bag's layout: the paths of its images and the lines of its files, in both directions."""

import hashlib
import json
import re
import unicodedata

from service.models.image import STORED, from_kept, is_image_id
from service.models.renditions import EXTENSION

# A bag of a higher format is of a newer version of the service.
FORMAT = 1
BAGIT = "bagit.txt"
BAG_INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
PAYLOAD = "data"
RECORDS = "data/images.jsonl"
USERS = "data/users"
# Labels in bag-info.txt.
FORMAT_LABEL = "Image-Service-Format"
USER_LABEL = "Image-Service-User"
STORE_LABEL = "Image-Service-Store"

# On Linux; counted in bytes of UTF-8. Other systems count characters, and allow as many.
MOST_NAME = 255
DIGEST_DIGITS = 12
# Windows takes these for devices, whatever is behind a dot.
DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³]) *(\.|\Z)", re.IGNORECASE)
UNSAFE_IN_USER = re.compile(r"[A-Z:|]|\A\.|\.\Z")
# Forbidden on Windows, or with a meaning in a path; a manifest encodes with %.
UNSAFE_IN_NAME = re.compile(r'[%/\\:*?"<>|]')
# Categories of characters that nobody sees, or that no system must know.
INVISIBLE = ("Cc", "Cf", "Cn", "Cs")
MANIFEST_LINE = re.compile(r"([0-9a-f]{64})[ \t]+\*?(\S.*)")


class UnreadableLine(ValueError):
    """A line is not one that a bag of this format has; the text says why."""


def user_folder(user_id):
    """Return the name of a user's folder: no two users have one, whatever the file system."""
    if not UNSAFE_IN_USER.search(user_id) and not DEVICE.match(user_id):
        return user_id
    safe = re.sub(r"[:|]|\A\.|\.\Z", "_", user_id.lower())
    # No user_id has this character.
    digest = hashlib.sha256(user_id.encode()).hexdigest()[:DIGEST_DIGITS]
    return f"{no_device(safe)}~{digest}"


def image_path(image):
    """Return the path of an image's original in a bag: its record alone decides it."""
    folder = f"{USERS}/{user_folder(image.user_id)}/{image.created_at[:7]}"
    return f"{folder}/{file_name(image)}"


def file_name(image):
    """Return the name of an image's file: the user's own, made safe, with the image_id in it."""
    name = readable(image.filename)
    # A file without one would open in no program.
    subtype = image.content_type.rpartition("/")[2]
    ending = EXTENSION.search(name) or EXTENSION.search(f"image.{subtype}")
    stem = EXTENSION.sub("", name).rstrip(" .") or "image"
    end = f"-{image.image_id}{ending[0] if ending else ''}"
    stem = no_device(stem + end).removesuffix(end)
    cut = stem.encode()[: MOST_NAME - len(end)].decode(errors="ignore")
    return cut.rstrip(" .") + end


def readable(filename):
    """Return a file name in NFC, without characters that a file system or a manifest changes."""
    text = re.sub(r"\s", " ", UNSAFE_IN_NAME.sub("_", filename))
    text = "".join(one for one in text if unicodedata.category(one) not in INVISIBLE)
    return unicodedata.normalize("NFC", text).strip(" .")


def no_device(name):
    """Return a name that is no device of Windows."""
    return f"_{name}" if DEVICE.match(name) else name


def line_of(image, path):
    """Return the line of RECORDS for an image, without its end.

    Where its bytes are is a matter of each store, so its object_key is left out.
    """
    doc = json.loads(image.doc())
    doc.pop("object_key", None)
    fields = {"path": path, "image_id": image.image_id, "state": image.state}
    fields |= {"keyed": bool(image.keyed), "request_digest": image.request_digest, "doc": doc}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def image_of(line):
    """Return (path, Image) of a line of RECORDS; the Image has no object_key.

    Raises UnreadableLine.
    """
    try:
        fields = json.loads(line)
        path, image_id, state = fields["path"], fields["image_id"], fields["state"]
        beside = {"image_id": image_id, "state": state, "keyed": fields["keyed"]}
        beside["request_digest"] = fields["request_digest"]
        doc = {name: value for name, value in fields["doc"].items() if name != "object_key"}
        image = from_kept(doc, beside)
        fit = is_image_id(image_id) and state in STORED and is_original(path)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableLine(f"{type(error).__name__}: {error}") from error
    if not fit:
        raise UnreadableLine("image_id, state or path is not what a bag has")
    return path, image


def is_original(path):
    """Tell whether a path may be that of an original: below USERS and nowhere else."""
    names = path.removeprefix(f"{USERS}/").split("/")
    plain = not any(name in ("", ".", "..") or "\\" in name or "\0" in name for name in names)
    return path.startswith(f"{USERS}/") and plain


def manifest_line(sha256, path):
    """Return the line of a manifest for a file, without its end."""
    return f"{sha256}  {path}"


def manifest_entry(line):
    """Return (sha256, path) of a line of a manifest. Raises UnreadableLine."""
    found = MANIFEST_LINE.fullmatch(line.rstrip("\r\n"))
    if not found:
        raise UnreadableLine("no line of a manifest")
    return found[1], found[2]


def info_text(fields):
    """Return the text of BAG_INFO. fields: (label, value) pairs."""
    return "".join(f"{label}: {value}\n" for label, value in fields)


def info_of(text):
    """Return {label: value} of the text of BAG_INFO; of a label that repeats, the last value."""
    pairs = [line.partition(":") for line in text.splitlines() if ":" in line]
    return {label.strip(): value.strip() for label, _, value in pairs}
