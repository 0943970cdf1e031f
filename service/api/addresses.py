"""Where this service is, as its users reach it."""

from flask import current_app, request


def own_root():
    """Return the URL of this very service's root, without a slash at its end.

    Every URL of the service's own that an answer shows starts with it.
    """
    public_url = current_app.extensions["settings"].public_url
    # A path before ours, as root_path, comes from API Gateway only.
    return public_url or f"{request.scheme}://{request.host}{request.root_path}"


def absolute(url, root):
    """Return a store's URL as users reach it: the embedded store signs paths of this service."""
    return root + url if url.startswith("/") else url
