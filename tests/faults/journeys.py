"""Everything that the service does to its stores, each with the state that it starts from."""

from collections import namedtuple

from service.models.quota import NO_QUOTA, Quota
from tests.faults.situations import (
    arrived,
    arrived_badly,
    arrived_private,
    arrived_unseen,
    batch,
    change,
    change_nothing,
    change_text,
    completed,
    condemned,
    delete,
    deleted,
    given_back,
    given_up,
    image,
    keyed_upload,
    look,
    nothing,
    overdue,
    plain_image,
    refused,
    rendered,
    restore,
    stripping_upload,
    sweep,
    swept,
    taken_over,
    thumbless,
    thumbless_plain,
    trash,
    trashed,
    trashed_plain,
    trashed_untidy,
    two,
    two_trashed,
    view,
    view_large,
    view_thumb,
    waiting,
)
from tests.faults.world import PICTURE

# prepare(world) returns what act(world, prepared) needs. answer: what act returns without a fault.
# quota: what each user may keep.
Journey = namedtuple("Journey", "prepare act answer quota", defaults=(NO_QUOTA,))
QUOTA = Quota(3, 3 * len(PICTURE))


JOURNEYS = {
    "upload": Journey(nothing, lambda world, _: world.upload(), 201),
    "upload, keyed": Journey(nothing, keyed_upload, 201),
    "upload, again": Journey(image, lambda world, _: world.upload("k", ["a", "b"]), 201),
    "upload, takeover": Journey(given_up, keyed_upload, 201),
    "upload, condemned": Journey(condemned, keyed_upload, 201),
    "upload, strip": Journey(nothing, stripping_upload, 201),
    "view": Journey(image, look("/images/{}"), 200),
    "view, large": Journey(image, view_large, 200),
    "view, large again": Journey(rendered, view_large, 200),
    "view, late thumb": Journey(thumbless, view_thumb, 200),
    "view, late plain thumb": Journey(thumbless_plain, view_thumb, 200),
    "list": Journey(image, look("/images"), 200),
    "list, user": Journey(image, look("/images?user_id=ana"), 200),
    "list, tags": Journey(image, look("/images?user_id=ana&tags=a,b&match=all"), 200),
    "tags": Journey(image, look("/tags"), 200),
    "tags, user": Journey(image, look("/tags?user_id=ana"), 200),
    "delete": Journey(plain_image, delete, 204),
    "delete, tagged": Journey(image, delete, 204),
    "direct, begin": Journey(nothing, lambda world, _: world.begin("k", ["a"]), 202),
    "direct, again": Journey(waiting, lambda world, _: world.begin("k", ["a"]), 202),
    "direct, waiting": Journey(waiting, view, 200),
    "direct, complete": Journey(arrived, view, 200),
    "direct, strip": Journey(arrived_private, view, 200),
    "direct, refuse": Journey(arrived_badly, view, 200),
    "direct, delete": Journey(waiting, delete, 204),
    "direct, delete refused": Journey(refused, delete, 204),
    "sweep, abandoned": Journey(arrived, sweep, "condemned"),
    "sweep, completed": Journey(completed, sweep, "settled"),
    "sweep, refused": Journey(refused, sweep, "postponed"),
    "sweep, unfinished": Journey(lambda world: world.die(), sweep, "condemned"),
    "sweep, deleted": Journey(deleted, sweep, "postponed"),
    "sweep, second": Journey(swept, sweep, "forgotten"),
    "sweep, ready": Journey(taken_over, sweep, "settled"),
    "quota, upload": Journey(nothing, keyed_upload, 201, QUOTA),
    "quota, begin": Journey(nothing, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, again": Journey(waiting, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, condemned": Journey(given_back, lambda world, _: world.begin("k", ["a"]), 202, QUOTA),
    "quota, complete": Journey(arrived, view, 200, QUOTA),
    "quota, refuse": Journey(arrived_badly, view, 200, QUOTA),
    "quota, delete": Journey(image, delete, 204, QUOTA),
    "quota, delete waiting": Journey(waiting, delete, 204, QUOTA),
    "quota, sweep": Journey(arrived, sweep, "condemned", QUOTA),
    "change": Journey(image, change, 200),
    "change, plain": Journey(plain_image, change_text, 200),
    "change, nothing": Journey(image, change_nothing, 200),
    "change, direct": Journey(arrived_unseen, change, 200),
    "trash": Journey(image, trash, 204),
    "trash, plain": Journey(plain_image, trash, 204),
    "trash, again": Journey(trashed, trash, 204),
    "trash, direct": Journey(arrived_unseen, trash, 204),
    "restore": Journey(trashed, restore, 200),
    "restore, plain": Journey(trashed_plain, restore, 200),
    "delete, trashed": Journey(trashed, delete, 204),
    "batch, change": Journey(two, batch("update", {"add_tags": ["a"]}), "200"),
    "batch, trash": Journey(two, batch("trash"), "204"),
    "batch, restore": Journey(two_trashed, batch("restore"), "200"),
    "batch, delete": Journey(two, batch("delete"), "204"),
    "sweep, overdue": Journey(overdue, sweep, "purged"),
    "sweep, trashed": Journey(trashed_untidy, sweep, "settled"),
    "list, trash": Journey(trashed, look("/images?status=trashed"), 200),
    "list, user's trash": Journey(trashed, look("/images?user_id=ana&status=trashed"), 200),
    "quota, change": Journey(image, change, 200, QUOTA),
    "quota, trash": Journey(image, trash, 204, QUOTA),
    "quota, restore": Journey(trashed, restore, 200, QUOTA),
    "quota, delete trashed": Journey(trashed, delete, 204, QUOTA),
    "quota, batch delete": Journey(two, batch("delete"), "204", QUOTA),
    "quota, sweep overdue": Journey(overdue, sweep, "purged", QUOTA),
}


def outcome_of(response):
    """Return an answer's status (503 only with Retry-After), or the result of a sweep.

    Of an answer about many images: a text of their different statuses.
    """
    if response is None:
        return 503
    if isinstance(response, dict):
        names = ("failed", "condemned", "purged", "postponed", "forgotten", "settled", "skipped")
        return next(name for name in names if response[name])
    assert response.status_code != 503 or int(response.headers["Retry-After"]) > 0
    if response.status_code == 200 and "results" in response.json:
        return " ".join(sorted({str(row["status"]) for row in response.json["results"]}))
    return response.status_code
