"""Builds the app: settings, logs, repositories, services, routes. No logic."""

import os

from flask import Flask

from service.api import (
    file_routes,
    health_routes,
    metrics_routes,
    request_hooks,
    root_routes,
)
from service.api.access import cors, identity, rate_limit
from service.api.access.trusted_proxies import TrustedProxies
from service.api.document import docs_routes
from service.api.images import change_routes, image_routes
from service.api.problems import problem_answers, problem_routes
from service.api.tags import tag_routes
from service.api.uploads.json_bodies import Turns
from service.api.uploads.upload_request import UploadRequest
from service.business.image_service import ImageService
from service.business.inspection.image_inspector import ImageInspector
from service.business.readiness import Readiness
from service.business.renditions.late_renditions import LateRenditions
from service.business.renditions.rendering import Renderer
from service.business.upkeep.audit import Audit
from service.business.upkeep.recovery import Recovery
from service.business.upkeep.stats import Stats
from service.business.upkeep.sweep import Sweep
from service.business.upkeep.tag_counts import TagCounts
from service.business.upkeep.usage import Recount
from service.common import config, logs, processors
from service.common.seat import Seat
from service.metrics.cloudwatch import CloudwatchRecorder
from service.metrics.measured_renditions import MeasuredMaker, MeasuredRenderer
from service.metrics.measured_store import MeasuredStore
from service.metrics.prometheus import PrometheusRecorder
from service.models.quota import Quota
from service.operators import cli
from service.web import gallery_routes
from service.web.gallery import Gallery


def create_app(overrides=None):
    """Return the app. overrides: settings that replace those of the environment.

    Opens no file, thread or connection. Raises ConfigError.
    """
    settings = config.load({**os.environ, **(overrides or {})})
    logs.setup(settings.log_level)

    app = new_flask()
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)
    recorder = app.extensions["recorder"] = new_recorder(settings)
    store = app.extensions["store"] = new_store(settings, recorder)
    app.extensions["settings"] = settings
    app.extensions["seat"] = Seat(settings.workers)
    app.extensions["large_bodies"] = Turns()
    app.extensions["gallery"] = Gallery(settings, store) if settings.gallery else None
    app.extensions |= services(settings, recorder, *repositories(store, recorder))

    problem_answers.init_app(app)
    metrics_routes.init_app(app)
    request_hooks.init_app(app)
    cors.init_app(app)
    identity.init_app(app)
    rate_limit.init_app(app)
    for routes in (
        image_routes, change_routes, tag_routes, root_routes, health_routes, docs_routes,
        problem_routes,
    ):  # fmt: skip
        app.register_blueprint(routes.blueprint)
    if settings.gallery:
        app.register_blueprint(gallery_routes.blueprint)
    if store.file_urls:
        app.register_blueprint(file_routes.blueprint)
    cli.init_app(app)
    return app


def new_flask():
    """Return a Flask app without routes."""
    app = Flask("service", static_folder=None)
    app.request_class = UploadRequest
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    app.json.compact = True
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    return app


def new_recorder(settings):
    """Return the metrics recorder, or None."""
    if not settings.metrics:
        return None
    if settings.aws_lambda_function_name:
        return CloudwatchRecorder(settings.aws_lambda_function_name)
    return PrometheusRecorder()


def new_store(settings, recorder=None):
    """Return the store that the settings choose; do not import the other store's libraries."""
    quota = Quota(settings.max_images_per_user, settings.max_bytes_per_user)
    if settings.embedded:
        from service.repositories.embedded.store import EmbeddedStore

        return EmbeddedStore(settings, quota)
    from service.repositories.aws.store import AwsStore

    counted = {"on_fallback": recorder.fast_path_left} if recorder else {}
    return AwsStore(settings, quota, **counted)


def services(settings, recorder, images, objects):
    """Return what works on the repositories, by name."""
    grace = {"grace_seconds": settings.grace_seconds}
    tag_counts = TagCounts(images)
    inspector, maker = inspection(settings, recorder)
    return {
        "objects": objects,
        "image_service": ImageService(
            images,
            objects,
            inspector,
            maker,
            trash_days=settings.trash_days,
            **grace,
        ),
        "tag_counts": tag_counts,
        "sweep": Sweep(images, objects, tag_counts, **grace),
        "audit": Audit(images, objects),
        "recovery": Recovery(images, objects, inspector, **grace),
        "recount": Recount(images),
        "stats": Stats(images, objects),
        "readiness": Readiness(images, objects),
    }


def inspection(settings, recorder):
    """Return (inspector, maker): of uploads and of later renditions; a recorder measures both."""
    renderer = Renderer()
    if recorder:
        renderer = MeasuredRenderer(renderer, recorder)
    share = processors.usable() // settings.workers
    inspector = ImageInspector(settings.max_image_pixels, renderer, processors=share)
    maker = LateRenditions()
    return inspector, MeasuredMaker(maker, recorder) if recorder else maker


def repositories(store, recorder):
    """Return (images, objects) of a store; a recorder measures their calls."""
    if recorder is None:
        return store.images, store.objects
    measured = [(store.images, "images"), (store.objects, "objects")]
    return [MeasuredStore(repository, kind, recorder) for repository, kind in measured]
