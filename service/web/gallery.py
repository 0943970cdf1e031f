"""The gallery: the page at the root, its files, and what a browser may load for it."""

import functools
import hashlib
import posixpath
import re
import threading
from pathlib import Path
from urllib.parse import urlsplit

from markupsafe import escape

FOLDER = Path(__file__).with_name("gallery")
PAGE = "index.html"
SCRIPT = "main.js"
# An import that is no call: the browser needs the module before the script runs.
IMPORT = re.compile(r'^import .*"(\.[^"]+)";$', re.MULTILINE)
# Files of any other kind are not served: editors and systems leave some behind.
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
PRELOAD = '<link rel="modulepreload" href="{}">'
# The first request of main.js, made while the modules come (PAGE in looking/image_list.js).
LIST = '<link rel="preload" as="fetch" crossorigin href="{}images?limit=60">'
# {store}: the origins of presigned URLs, for pictures and for direct uploads.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{store}; "
    "connect-src 'self'{store}; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)


class Gallery:
    """The page and its files, read once, at the first request.

    folder: the files are there; they name each other by relative paths. store: the service's
    store, which knows from where presigned URLs are served.
    """

    def __init__(self, settings, store, folder=FOLDER):
        self.settings = settings
        self.store = store
        self.folder = folder
        self.lock = threading.Lock()

    @functools.cached_property
    def files(self):
        """The bytes of every file by its path in the folder, in the order of the paths."""
        paths = sorted(path for path in self.folder.rglob("*") if path.suffix in TYPES)
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}

    @functools.cached_property
    def digest(self):
        """A part of the files' addresses: it changes when a file does, so browsers keep them."""
        found = hashlib.sha256()
        for name, content in self.files.items():
            found.update(f"{name}\n{len(content)}\n".encode() + content)
        return found.hexdigest()[:12]

    @functools.cached_property
    def modules(self):
        """The modules that the page needs at once; others are loaded at their first use."""
        found, left = [], [SCRIPT]
        while left:
            name = left.pop()
            if name in found:
                continue
            found.append(name)
            folder = posixpath.dirname(name)
            for path in IMPORT.findall(self.files[name].decode()):
                left.append(posixpath.normpath(posixpath.join(folder, path)))
        return sorted(found)

    @functools.cached_property
    def policy(self):
        """The page's content security policy."""
        # One thread at a time: the store may make a client of the AWS SDK to learn its origin.
        with self.lock:
            origins = filter(None, [self.store.origin, self.settings.public_origin])
            return POLICY.format(store="".join(f" {origin}" for origin in origins))

    def file(self, digest, name):
        """Return (bytes, content type) of a file of the page, or None if there is no such file."""
        if digest != self.digest or name == PAGE or name not in self.files:
            return None
        return self.files[name], TYPES[Path(name).suffix]

    def page(self, root_path, *, is_plain=True):
        """Return the page's HTML. root_path: the path before the service's own, or ''.

        is_plain: its address has no filters.
        """
        start = self.start(root_path)
        files = f"{start}gallery/{self.digest}"
        preloads = [PRELOAD.format(f"{files}/{name}") for name in self.modules]
        if is_plain and self.settings.auth == "none":
            preloads.append(LIST.format(start))
        values = {
            "preloads": "\n".join(preloads),
            "files": files,
            "auth": self.settings.auth,
            "max_image_size": self.settings.max_image_size,
            "max_inline_size": self.settings.max_inline_size,
        }
        text = self.files[PAGE].decode()
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def start(self, root_path):
        """Return what stands before the addresses in the page, as HTML.

        Mostly nothing: relative addresses are right behind any proxy. Only API Gateway, which sets
        a root_path, also serves the page at an address without the last slash; with PUBLIC_URL its
        users see the path of that address in place of root_path.
        """
        if not root_path:
            return ""
        public_url = self.settings.public_url
        path = urlsplit(public_url).path if public_url else root_path
        return escape(f"{path}/")
