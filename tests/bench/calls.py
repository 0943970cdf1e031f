"""Store calls and new connections per request, counted by the stand-in."""

from service.app import create_app
from service.models.renditions import LARGE
from tests.bench import samples
from tests.bench.report import Figure
from tests.bench.stand_in import counts

TIMES = 10
ROUTES = (
    "view",
    "upload",
    "delete",
    "PATCH",
    "PATCH of a tag",
    "update of 100",
    "delete of 100",
    "tags",
    "tags of everyone",
    "list of dates",
    "list by q, few match",
)
LISTS = {
    "list of a user": "user_id=user-123",
    "list of a user and two tags": "user_id=user-123&tags=beach,sea",
    "list of everyone, four shards": "limit=20",
}


def figures(parts):
    """Return how often each route calls DynamoDB and S3, and how many connections it opens."""
    app = create_app(parts.settings)
    requests = {name: parts.requests[name] for name in ROUTES}
    requests["view of large"] = samples.view(parts.images[0].image_id, LARGE)
    requests |= {name: samples.page(query) for name, query in LISTS.items()}
    found = []
    for name, request in requests.items():
        times = 2 if isinstance(request, samples.Batch) else TIMES
        for _ in range(times):
            request.to(app)
        counted = difference(parts.store, lambda request=request: request.to(app), times)
        for store, label in (("dynamodb", "DynamoDB calls"), ("s3", "S3 calls")):
            found.append(Figure(f"{label}, {name}", [counted[store] / times], "a request"))
        found.append(Figure(f"connections, {name}", [counted["connections"] / times], "a request"))
    return found


def difference(store, function, times):
    """Return how much so many calls of a function add to the stand-in's counts."""
    before = counts(store)
    for _ in range(times):
        function()
    after = counts(store)
    return {name: after[name] - before[name] for name in after}
