"""The deployed service on stores whose calls are metered: events in, answers out."""

import json
from collections import Counter
from types import SimpleNamespace

from service.app import create_app
from service.repositories.aws.dynamodb.items import SHARDS, shard
from service.running.lambda_handler import new_handler
from tests.repositories.stores import aws_settings
from tests.support import pictures
from tests.support.gateway_events import SCHEDULED, arrived, http_api, multipart
from tests.support.metered_calls import Meter
from tests.support.moments import await_next_moment

CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
PAST = "2026-01-01T00:00:00.000Z"
# About as long as what people write.
FIELDS = {
    "user_id": "user-123",
    "filename": "holiday.jpg",
    "description": "A longer description of the picture, with a few words in it.",
}
TAGS = ["beach", "sea", "sunset"]
PICTURE = pictures.jpeg(400, 300)


class MeteredService:
    """The handler of an app on its own table and bucket.

    stores: those of the tests; their clients are not metered. pass_on: see Meter.
    """

    def __init__(self, stores, pass_on, prepare=lambda client: None):
        self.images, objects = stores.new_images(), stores.new_objects()
        self.dynamodb, self.s3, self.bucket = stores.dynamodb, stores.s3, objects.bucket_name
        app = create_app(aws_settings(self.images, objects))
        self.handler = new_handler(app)
        clients = app.extensions["store"].dynamodb, app.extensions["store"].s3
        for client in clients:
            prepare(client)
        self.meter = Meter(self.dynamodb, clients, pass_on)
        self.readiness = app.extensions["readiness"]

    def event(self, event):
        """Let the handler answer an event."""
        return self.handler(json.loads(json.dumps(event)), CONTEXT)

    def ask(self, method, path, body=None, status=200, **headers):
        """Return (answer, bytes of its body) of a request."""
        answer = self.event(http_api(method, path, body, **headers))
        assert answer["statusCode"] == status, answer
        content = answer.get("body") or ""
        return json.loads(content) if content else None, len(content)

    def counted(self, action):
        """Return what an action uses."""
        self.meter.start()
        action()
        return Counter(self.meter.counts)

    def upload(self, tags=TAGS):
        """Upload a picture; return its id and the bytes of the answer."""
        body, content_type = multipart(PICTURE, **FIELDS, tags=",".join(tags))
        image, size = self.ask("POST", "/images", body, 201, content_type=content_type)
        return image["image_id"], size

    def fill_a_page(self):
        """Upload an image in each shard, so that no later image is its tags' first or last.

        Copies of the last record fill a page.
        """
        shards = set()
        while len(shards) < SHARDS:
            image_id, _ = self.upload()
            shards.add(shard(image_id))
        table, key = self.images.table_name, {"image_id": {"S": image_id}}
        item = self.dynamodb.get_item(TableName=table, Key=key)["Item"]
        moment = item["listed_at"]["S"].partition("#")[0]
        for number in range(20):
            copied = f"{number:032x}"
            place = {"image_id": {"S": copied}, "listed_at": {"S": f"{moment}#{copied}"}}
            self.dynamodb.put_item(TableName=table, Item=item | place)

    def begin(self):
        """Begin a direct upload; return its id, and what that uses."""
        fields = FIELDS | {"tags": TAGS, "content_type": "image/jpeg", "size": len(PICTURE)}
        body = json.dumps(fields)
        self.meter.start()
        image, _ = self.ask("POST", "/images", body, 202, content_type="application/json")
        return image["image_id"], Counter(self.meter.counts)

    def send(self, image_id):
        """Put the bytes of a direct upload where its URL leads."""
        key = {"image_id": {"S": image_id}}
        item = self.dynamodb.get_item(TableName=self.images.table_name, Key=key)["Item"]
        place = json.loads(item["doc"]["S"])["object_key"]
        self.s3.put_object(Bucket=self.bucket, Key=place, Body=PICTURE)

    def complete(self, image_id):
        """Tell that the bytes of a direct upload have arrived."""
        assert self.event(arrived(f"incoming/{image_id}/0")) == "ready"

    def change(self, image_id, text):
        """Change the description."""
        body = json.dumps({"description": text})
        self.ask("PATCH", f"/images/{image_id}", body, content_type="application/merge-patch+json")

    def sweep(self):
        """Sweep what is due."""
        await_next_moment()
        figures = self.event(SCHEDULED)
        assert figures["failed"] == 0, figures
        return figures

    def let_time_pass(self, image_id):
        """Let a record be due."""
        self.dynamodb.update_item(
            TableName=self.images.table_name,
            Key={"image_id": {"S": image_id}},
            UpdateExpression="SET due_at = :past",
            ExpressionAttributeValues={":past": {"S": PAST}},
        )
