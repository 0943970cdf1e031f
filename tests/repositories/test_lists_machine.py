"""Random sequences of uploads, deletes and walks, compared with a sorted Python list."""

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

from service.models.query import Query
from tests.repositories.sample_images import DUE_AT, add

TAGS = ["a", "a#b", "*"]
USERS = ["ana", "a|b"]
image_ids = st.integers(0, 2**128 - 1).map("{:032x}".format)
queries = st.builds(
    Query,
    user_id=st.sampled_from([*USERS, None]),
    tags=st.sets(st.sampled_from(TAGS), max_size=3),
    match_all=st.booleans(),
)
# There are few times, so that many images have the same.
uploads = st.fixed_dictionaries(
    {
        "image_id": image_ids,
        "user_id": st.sampled_from(USERS),
        "tags": st.sets(st.sampled_from(TAGS)),
        "second": st.integers(0, 2),
    }
)


class Walk:
    """A walk through the pages of a query, and the image_ids that it has found."""

    def __init__(self, query, limit, existing):
        self.query = query
        self.limit = limit
        self.position = None
        self.ended = False
        self.found = []
        # The images that have existed since the walk began.
        self.lasting = set(existing)


class ListsMachine(RuleBasedStateMachine):
    """Images are added and deleted during walks: each page equals that of a simple model."""

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
        """Delete an image."""
        image = self.existing.pop(image_id, None)
        if image:
            assert self.repository.bury(image, f"bury {image.nonce}", DUE_AT)
        for walk in self.begun:
            walk.lasting.discard(image_id)

    @rule(target=walks, query=queries, limit=st.integers(1, 4))
    def begin_walk(self, query, limit):
        """Begin a walk."""
        walk = Walk(query, limit, self.matches(query))
        self.begun.append(walk)
        return walk

    @rule(walk=walks)
    def turn_page(self, walk):
        """Read the next page of a walk. Every page but the last is full."""
        if walk.ended:
            return
        rest = self.matches(walk.query, below=walk.position)

        page, walk.position = self.repository.list(walk.query, walk.limit, walk.position)

        found = [image.image_id for image in page]
        assert found == rest[: walk.limit]
        walk.found += found
        walk.ended = walk.position is None
        assert not walk.ended or len(rest) <= walk.limit

    @invariant()
    def no_walk_shows_an_image_twice(self):
        """Check that the image_ids of each walk are all different."""
        for walk in self.begun:
            assert len(walk.found) == len(set(walk.found))

    def teardown(self):
        """Continue every walk to its end: it has found each image that existed all the time."""
        for walk in self.begun:
            while not walk.ended:
                self.turn_page(walk)
            assert walk.lasting <= set(walk.found)

    def matches(self, query, below=None):
        """Return the image_ids that match a query below a position, newest first."""
        accept = all if query.match_all else any
        found = [
            image
            for image in self.existing.values()
            if query.user_id in (None, image.user_id)
            and (not query.tags or accept(tag in image.tags for tag in query.tags))
            and (below is None or image.listed_at < below)
        ]
        found.sort(key=lambda image: image.listed_at, reverse=True)
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
