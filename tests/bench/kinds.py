"""The kinds of requests that are measured: what is sent, and its floor."""

from tests.bench import samples
from tests.bench.stand_in import SEARCHED_USER

# As many as a batch takes.
MANY = 100
# Requests a block, in process and under gunicorn: about a quarter of a second each.
BLOCKS = {
    "view": 150,
    "list 20": 100,
    "upload": 12,
    "upload as JSON": 12,
    "delete": 40,
    "PATCH": 60,
    "PATCH of a tag": 40,
    "update of 100": 2,
    "delete of 100": 1,
    "tags": 100,
    "tags of everyone": 40,
    "list of dates": 100,
    "list, oldest first": 100,
    "list by q, half match": 40,
    "list by content_type, all match": 100,
    "list by q, few match": 2,
    "list by content_type, few match": 2,
    "list untagged, few match": 2,
}
# Those that are measured under gunicorn too.
DEPLOYED = (
    "view",
    "list 20",
    "upload",
    "upload as JSON",
    "delete",
    "PATCH",
    "update of 100",
    "delete of 100",
    "tags",
    "list of dates",
    "list by q, few match",
)
OF_USER = f"user_id={samples.FIELDS['user_id']}"
OF_SEARCHED = f"user_id={SEARCHED_USER}"
LISTS = {
    "list 20": OF_USER,
    "list of dates": f"{OF_USER}&created_after=2026-02-13&created_before=2026-02-14",
    "list, oldest first": f"{OF_USER}&order=oldest",
    # Ten of the 21 records that the stand-in lists, from 130 to 110.
    "list by q, half match": f"{OF_USER}&q=-12",
    "list by content_type, all match": f"{OF_USER}&content_type=image/jpeg",
    # One in 250: the page is short, after 2,000 records were read.
    "list by q, few match": f"{OF_SEARCHED}&q=lighthouse",
    "list by content_type, few match": f"{OF_SEARCHED}&content_type=image/png",
    "list untagged, few match": f"{OF_SEARCHED}&untagged=true",
}
CHANGE = {"description": "Another description of the picture, with a few words in it."}
OTHER_TAGS = ["beach", "night", "sea"]


def requests(images):
    """Return {kind: request}. images: what the stand-in has."""
    image_id = images[0].image_id
    image_ids = [image.image_id for image in images[:MANY]]
    return {
        "view": samples.view(image_id),
        "upload": samples.upload_form(samples.SMALL),
        "upload as JSON": samples.upload_json(samples.SMALL),
        "delete": samples.delete(image_id),
        "PATCH": samples.change(image_id, CHANGE),
        "PATCH of a tag": samples.change(image_id, {"tags": OTHER_TAGS}),
        "update of 100": samples.Batch(image_ids, "update", changes=CHANGE),
        "delete of 100": samples.Batch(image_ids, "delete"),
        "tags": samples.tags(),
        "tags of everyone": samples.tags("limit=50"),
        **{name: samples.page(query) for name, query in LISTS.items()},
    }


def floors(floor):
    """Return {kind: function}: what bare boto3 does for a request. floor: a Floor."""
    content, thumb = samples.picture(samples.SMALL), samples.thumb(samples.SMALL)
    of_searched = [SEARCHED_USER] * 8
    return {
        "view": floor.view,
        "upload": lambda: floor.upload(content, thumb),
        "upload as JSON": lambda: floor.upload(content, thumb),
        "delete": floor.delete,
        "PATCH": floor.change,
        "PATCH of a tag": lambda: floor.change(OTHER_TAGS),
        "update of 100": floor.update_many,
        "delete of 100": floor.delete_many,
        "tags": floor.tags,
        "tags of everyone": floor.tags_of_shards,
        "list 20": floor.page,
        "list of dates": lambda: floor.page(between=("2026-02-13", "2026-02-14")),
        "list, oldest first": lambda: floor.page(ScanIndexForward=True),
        "list by q, half match": lambda: floor.pages(2 * [None]),
        "list by content_type, all match": floor.page,
        "list by q, few match": lambda: floor.pages(of_searched),
        "list by content_type, few match": lambda: floor.pages(of_searched),
        "list untagged, few match": lambda: floor.pages(of_searched),
    }
