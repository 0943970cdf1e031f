"""Routes that report whether the process runs and whether its stores answer."""

from flask import Blueprint, current_app

from service.common.errors import StorageUnavailable
from service.common.version import VERSION

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health():
    """Tell that the process is up"""
    return {"status": "ok", "version": VERSION}


@blueprint.get("/ready")
def ready():
    """Tell whether the stores answer"""
    missing = current_app.extensions["readiness"].missing()
    if missing:
        raise StorageUnavailable("Missing or not answering: " + "; ".join(missing) + ".")
    return {"status": "ready"}
