"""The routes that change images: one, many at once, and back from the trash."""

from flask import Blueprint, g

from service.api.images import change_bodies, image_answers
from service.api.images.change_schemas import ACTIONS, CHANGE, BatchSchema
from service.api.images.conditions import if_match, no_condition
from service.api.images.image_answers import image_service
from service.api.images.image_routes import no_query
from service.api.problems import problem_answers

blueprint = Blueprint("changes", __name__, url_prefix="/images")

BATCH = BatchSchema()


@blueprint.patch("/<image_id>")
def change_image(image_id):
    """Change an image"""
    no_query()
    condition = if_match()
    changes = CHANGE.load(change_bodies.read(change_bodies.MERGE_PATCH, change_bodies.JSON))
    image = image_service().change(g.caller.limited_to, image_id, changes, condition)
    return image_answers.one(image)


@blueprint.post("/<image_id>/restore")
def restore_image(image_id):
    """Restore an image from the trash"""
    no_query()
    condition = if_match()
    change_bodies.require_none()
    return image_answers.one(image_service().restore(g.caller.limited_to, image_id, condition))


@blueprint.post("/batch")
def change_many():
    """Delete, trash, restore or update many images"""
    no_query()
    no_condition()
    batch = BATCH.load(change_bodies.read(change_bodies.JSON))
    results = image_service().batch(g.caller.limited_to, **batch)
    done = ACTIONS[batch["action"]]
    rows = [
        result_json(image_id, done, error)
        for image_id, (_image, error) in zip(batch["image_ids"], results, strict=True)
    ]
    return {"results": rows}, retry_header(error for _image, error in results)


def result_json(image_id, done, error):
    """Return what became of one image. done: the status of success; error: an error, or None."""
    if error is None:
        return {"image_id": image_id, "status": done}
    problem = problem_answers.logged_body(error, f"/images/{image_id}")
    return {"image_id": image_id, "status": error.status, "problem": problem}


def retry_header(errors):
    """Return the header that says when to repeat the batch, if some of its errors may soon end."""
    seconds = max((error.retry_after or 0 for error in errors if error), default=0)
    return {"Retry-After": str(seconds)} if seconds else {}
