"""Random sequences of writes and walks, compared with a filtered and sorted Python list."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from service.models.image import READY, TRASHED, changed
from service.models.query import Query
from tests.repositories.sample_images import DUE_AT, add, at, restore, rewrite, trash

TAGS = ["a", "a#b", "*"]
USERS = ["ana", "a|b"]
TYPES = ["image/png", "image/jpeg"]
FILENAMES = ["a.png", "STRASSE.JPG"]
DESCRIPTIONS = [None, "Straße\na,b", "İ*"]
SEARCHED = ["a", "A#", "strasse", "ß\nA", "*", ",", "i\u0307", "g", "%"]
image_ids = st.integers(0, 2**128 - 1).map("{:032x}".format)
# There are few times, so that many images have the same.
seconds = st.integers(0, 2)
texts = st.fixed_dictionaries(
    {"tags": st.sets(st.sampled_from(TAGS)), "description": st.sampled_from(DESCRIPTIONS)}
)


def rarely(strategy, default=None):
    """Return a strategy for a filter that most queries do not have."""
    return st.just(default) | st.just(default) | st.just(default) | strategy


queries = st.builds(
    Query,
    user_id=st.sampled_from([*USERS, None]),
    tags=rarely(st.sets(st.sampled_from(TAGS), min_size=1), ()),
    match_all=st.booleans(),
    none=rarely(st.sets(st.sampled_from(TAGS), min_size=1, max_size=2), ()),
    untagged=rarely(st.just(True), False),
    created_after=rarely(seconds.map(at)),
    created_before=rarely(seconds.map(at)),
    oldest=st.booleans(),
    content_types=rarely(st.sets(st.sampled_from(TYPES), min_size=1), ()),
    text=rarely(st.sampled_from(SEARCHED)),
    trashed=rarely(st.just(True), False),
)
uploads = st.fixed_dictionaries(
    {
        "image_id": image_ids,
        "user_id": st.sampled_from(USERS),
        "tags": st.sets(st.sampled_from(TAGS)),
        "second": seconds,
        "filename": st.sampled_from(FILENAMES),
        "description": st.sampled_from(DESCRIPTIONS),
        "content_type": st.sampled_from(TYPES),
    }
)


def matches(query, image):
    """Tell whether a list must show an image, from the words of the contract."""
    either = all if query.match_all else any
    fields = [image.filename, image.description or "", *image.tags]
    return (
        image.state == ("trashed" if query.trashed else "ready")
        and query.user_id in (None, image.user_id)
        and (not query.tags or either(tag in image.tags for tag in query.tags))
        and not any(tag in image.tags for tag in query.none)
        and not (query.untagged and image.tags)
        and (query.created_after is None or image.created_at >= query.created_after)
        and (query.created_before is None or image.created_at < query.created_before)
        and (not query.content_types or image.content_type in query.content_types)
        and (query.text is None or any(query.text in field.casefold() for field in fields))
    )


class Walk:
    """A walk through the pages of a query, and the image_ids that it has found."""

    def __init__(self, query, limit, existing):
        self.query = query
        self.limit = limit
        self.position = None
        self.ended = False
        self.found = []
        # The images that have been in the list since the walk began.
        self.lasting = set(existing)


class ListsMachine(RuleBasedStateMachine):
    """Images come, change and go during walks: each page equals that of a simple model."""

    images = Bundle("images")
    walks = Bundle("walks")

    def __init__(self, repository):
        super().__init__()
        self.repository = repository
        self.existing = {}
        self.used = set()
        self.begun = []

    @rule(target=images, several=st.lists(uploads, min_size=1, max_size=4))
    def upload(self, several):
        """Store some images."""
        fresh = {one["image_id"]: one for one in several if one["image_id"] not in self.used}
        for image_id, fields in fresh.items():
            self.used.add(image_id)
            self.existing[image_id] = add(self.repository, **fields)
        return multiple(*fresh)

    @rule(image_id=consumes(images))
    def delete(self, image_id):
        """Delete an image, also from the trash."""
        image = self.existing[image_id]
        assert self.repository.bury(image, f"bury {image.nonce}", DUE_AT)
        self.replace(image_id, None)

    @rule(image_id=images, values=texts)
    def change(self, image_id, values):
        """Change the tags and the description of an image."""
        image = self.existing.get(image_id)
        if image and image.state == READY:
            after = changed(image, **values | {"tags": sorted(values["tags"])})
            self.replace(image_id, rewrite(self.repository, image, after))

    @rule(image_id=images, second=seconds)
    def move(self, image_id, second):
        """Move an image to the trash, or out of it."""
        image = self.existing.get(image_id)
        if image and image.state == READY:
            self.replace(image_id, trash(self.repository, image, second))
        elif image:
            self.replace(image_id, restore(self.repository, image))

    def replace(self, image_id, image):
        """Keep an image as it is now, or None; no walk has to show it any more."""
        self.existing[image_id] = image
        for walk in self.begun:
            walk.lasting.discard(image_id)

    @rule(target=walks, query=queries, limit=st.integers(1, 4))
    def begin_walk(self, query, limit):
        """Begin a walk."""
        walk = Walk(query, limit, self.listed(query))
        self.begun.append(walk)
        return walk

    @rule(walk=walks)
    def turn_page(self, walk):
        """Read the next page of a walk. Every page but the last is full."""
        if walk.ended:
            return
        rest = self.listed(walk.query, after=walk.position)

        page, walk.position = self.repository.list(walk.query, walk.limit, walk.position)

        assert {image.state for image in page} <= {TRASHED if walk.query.trashed else READY}
        found = [image.image_id for image in page]
        assert found == rest[: walk.limit]
        walk.found += found
        walk.ended = walk.position is None
        assert not walk.ended or len(rest) <= walk.limit

    @invariant()
    def no_walk_shows_an_image_twice(self):
        """Check that each walk shows an image once, unless it was moved meanwhile."""
        for walk in self.begun:
            lasting = [image_id for image_id in walk.found if image_id in walk.lasting]
            assert len(lasting) == len(set(lasting))

    def teardown(self):
        """Continue every walk to its end: it has found each image that was there all the time."""
        for walk in self.begun:
            while not walk.ended:
                self.turn_page(walk)
            assert walk.lasting <= set(walk.found)

    def listed(self, query, after=None):
        """Return the image_ids of a list after a position, in its order."""
        found = [image for image in self.existing.values() if image and matches(query, image)]
        found.sort(key=lambda image: image.listed_at, reverse=not query.oldest)
        if after is not None and query.oldest:
            found = [image for image in found if image.listed_at > after]
        elif after is not None:
            found = [image for image in found if image.listed_at < after]
        return [image.image_id for image in found]


def run_machine(stores, histories):
    """Run `histories` random sequences, each on a new store."""
    run_state_machine_as_test(
        lambda: ListsMachine(stores.new_images()),
        settings=settings(
            max_examples=histories,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_walks_agree_on_the_embedded_store(embedded_stores):
    run_machine(embedded_stores, 60)


def test_walks_agree_on_dynamodb(aws_stores):
    run_machine(aws_stores, 6)
