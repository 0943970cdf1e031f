"""Random histories of uploads, retries, renditions, changes, the trash, deletes, sweeps, faults
and restarts.

A delayed request arrives at any time, but before the second sweep after it: real sweeps of one
record are an hour apart, and no request lasts so long.
"""

import itertools

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.faults.steps import Steps, Stepwise
from tests.faults.world import World

KEYS = st.sampled_from(["k1", "k2"])
TAGS = st.sampled_from([(), ("a",), ("a", "b")])
RENDITIONS = st.sampled_from(["original", "thumb", "large"])
CHANGES = st.sampled_from(
    [{"add_tags": ["a"]}, {"tags": ["b"]}, {"remove_tags": ["a"], "description": "new"}]
)
ACTIONS = st.sampled_from(["update", "trash", "restore", "delete"])
# An image that is in the trash for no time is purged by the next sweep.
DAYS = st.sampled_from([0, 30])
COUNTS = st.integers(0, 7)
FAULTS = st.sampled_from(["refused", "lost", "delayed"])
# A call of the request, its fault, and how many attempts meet it: the SDK makes two.
TROUBLE = st.none() | st.tuples(st.integers(0, 4), FAULTS, st.integers(1, 2))


class Histories(RuleBasedStateMachine):
    """Compares what users see with what they were answered.

    tried: the tags of the requests under each key; made: the tags of the image under it.

    No rule has a precondition: an original and its thumb are put at the same time, so which of them
    meets a fault may differ when a history is repeated, and Hypothesis refuses rules that then
    differ as well.
    """

    def __init__(self, new_world, faults):
        super().__init__()
        self.new_world = new_world
        self.faults = faults
        self.world = new_world()
        self.made = {}
        self.tried = {}
        self.outlived_a_sweep = False

    @property
    def known(self):
        """The image_ids that were ever answered, in a fixed order."""
        return sorted(self.world.promises.possible)

    def in_trouble(self, trouble, request):
        """Send a request, perhaps with a fault; return its answer. Only a fault excuses a 503."""
        if trouble:
            self.faults.fail(*trouble)
        answer = request()
        self.faults.listen()
        assert trouble or getattr(answer, "status_code", None) != 503
        return answer

    @rule(tags=TAGS, trouble=TROUBLE)
    def upload(self, tags, trouble):
        response = self.in_trouble(trouble, lambda: self.world.upload(tags=tags))

        assert response.status_code in (201, 503)

    @rule(key=KEYS, tags=TAGS, trouble=TROUBLE)
    def upload_with_key(self, key, tags, trouble):
        response = self.in_trouble(trouble, lambda: self.world.upload(key, tags))

        earlier = self.tried.setdefault(key, [])
        allowed = [409] if earlier else []
        allowed += [422] if set(earlier) - {tags} else []
        assert response.status_code in (201, 503, *allowed)
        earlier.append(tags)
        if response.status_code == 201:
            facts = (response.json["created_at"], list(tags))
            assert self.made.setdefault(key, facts) == facts
            assert response.json["image_id"] not in self.world.promises.gone

    @rule(choice=COUNTS, trouble=TROUBLE)
    def delete(self, choice, trouble):
        if not self.known:
            return
        image_id = self.known[choice % len(self.known)]
        expected = self.expected(image_id, 204)

        response = self.in_trouble(trouble, lambda: self.world.delete(image_id))

        assert response.status_code in expected

    @rule(choice=COUNTS, trouble=TROUBLE, changes=CHANGES)
    def change(self, choice, trouble, changes):
        if not self.known:
            return
        image_id = self.known[choice % len(self.known)]
        expected = (409, *self.expected(image_id, 200))

        response = self.in_trouble(trouble, lambda: self.world.change(image_id, **changes))

        assert response.status_code in expected

    @rule(choice=COUNTS, trouble=TROUBLE, days=DAYS)
    def trash(self, choice, trouble, days):
        if not self.known:
            return
        image_id = self.known[choice % len(self.known)]
        expected = self.expected(image_id, 204)

        response = self.in_trouble(trouble, lambda: self.world.trash(image_id, days))

        assert response.status_code in expected

    @rule(choice=COUNTS, trouble=TROUBLE)
    def restore(self, choice, trouble):
        if not self.known:
            return
        image_id = self.known[choice % len(self.known)]
        expected = self.expected(image_id, 200)

        response = self.in_trouble(trouble, lambda: self.world.restore(image_id))

        assert response.status_code in expected

    @rule(action=ACTIONS, trouble=TROUBLE, changes=CHANGES)
    def batch(self, action, trouble, changes):
        if not self.known:
            return
        changes = changes if action == "update" else None

        response = self.in_trouble(
            trouble, lambda: self.world.batch(self.known[:3], action, changes)
        )

        assert response.status_code in (200, 503)
        rows = response.json["results"] if response.status_code == 200 else []
        assert trouble or 503 not in [row["status"] for row in rows]

    @rule(choice=COUNTS, trouble=TROUBLE, rendition=RENDITIONS)
    def view(self, choice, trouble, rendition):
        if not self.known:
            return
        image_id = self.known[choice % len(self.known)]
        expected = self.expected(image_id, 200)

        path = f"/images/{image_id}?rendition={rendition}"
        response = self.in_trouble(trouble, lambda: self.world.client.get(path))

        assert response.status_code in expected

    def expected(self, image_id, answer):
        """Return the allowed answers about an image: it is there, deleted, or being deleted."""
        if image_id in self.world.promises.gone:
            return (404, 503)
        if image_id in self.world.promises.kept:
            return (answer, 503)
        return (answer, 404, 503)

    @rule()
    def look_around(self):
        self.world.check_users_see_the_truth()

    @rule(trouble=TROUBLE)
    def sweep(self, trouble):
        if self.outlived_a_sweep:
            self.late_requests_land()
        self.in_trouble(trouble, self.world.sweep)
        self.outlived_a_sweep = bool(self.faults.late)

    @rule()
    def late_requests_land(self):
        self.faults.land()
        self.outlived_a_sweep = False

    @rule()
    def restart(self):
        before, self.world = self.world, self.new_world(self.world)
        self.world.remember(before)

    def teardown(self):
        self.world.check_users_see_the_truth()
        self.faults.land()
        self.world.check_users_see_the_truth()
        self.world.check_nothing_is_left_over()
        self.world.check_users_see_the_truth()


def run_histories(new_world, faults, count):
    """Run `count` random histories, each in a world of its own."""
    run_state_machine_as_test(
        lambda: Histories(new_world, faults),
        settings=settings(
            max_examples=count,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_histories_on_the_embedded_store(new_app, tmp_path):
    steps = Steps()
    numbers = itertools.count()

    def new_world(before=None):
        settings = before and before.app.extensions["settings"]
        folder = settings.data_dir if settings else tmp_path / str(next(numbers))
        app = new_app(DATA_DIR=str(folder))
        service = app.extensions["image_service"]
        return World(app, service.images, service.objects, lambda part: Stepwise(part, steps))

    run_histories(new_world, steps, 60)


def test_histories_on_dynamodb_and_s3(new_app, wire, aws_stores):
    def new_world(before=None):
        images = before.images if before else aws_stores.new_images()
        objects = before.objects if before else aws_stores.new_objects()
        return World(new_app(), images, objects)

    run_histories(new_world, wire, 15)


def test_a_repeat_beside_a_late_request_stores_the_bytes(new_app, wire, aws_stores):
    machine = Histories(
        lambda: World(new_app(), aws_stores.new_images(), aws_stores.new_objects()), wire
    )

    machine.upload(tags=("a",), trouble=(1, "delayed", 1))

    assert wire.late
    machine.look_around()
    machine.teardown()
