"""The floor: the same store calls with boto3 at its defaults, without a web layer."""

from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

from service.models.image import changed
from service.models.renditions import CONTENT_TYPE, THUMB, rendition_key
from service.repositories.aws.dynamodb import items
from tests.bench.processes import CREDENTIALS

CONDITION = {
    "ConditionExpression": "#state = :pending AND nonce = :nonce",
    "ExpressionAttributeNames": {"#state": "state"},
    "ExpressionAttributeValues": {":pending": {"S": "pending"}, ":nonce": {"S": "0" * 16}},
}
# As many calls at once as the service makes: counts of tags, images of a batch.
COUNTERS, WRITERS = 16, 8
# At its default of ten connections boto3 would open new ones all the time.
CONNECTIONS = Config(max_pool_connections=COUNTERS + WRITERS)


class Floor:
    """Bare boto3, both clients at their defaults but for their connections, at one address."""

    def __init__(self, address, images):
        session = boto3.session.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        )
        self.dynamodb = session.client("dynamodb", endpoint_url=address, config=CONNECTIONS)
        self.s3 = session.client("s3", endpoint_url=address)
        self.images = images
        self.image = images[0]
        self.place = {"Bucket": "images", "Key": self.image.object_key}
        self.counters = ThreadPoolExecutor(COUNTERS)
        self.writers = ThreadPoolExecutor(WRITERS)

    def view(self):
        """Get an item and presign a URL."""
        self.get()
        self.s3.generate_presigned_url("get_object", Params=self.place)

    def get(self):
        """Get an item."""
        key = items.key_of(self.image.image_id)
        self.dynamodb.get_item(TableName="images", Key=key, ConsistentRead=True)

    def page(self, user_id=None, between=None, **more):
        """Query items of 14 typed attributes, twenty of them by default.

        between: the bounds of the sort key, or None. more: other arguments of the query.
        """
        values = {":user": {"S": user_id or self.image.user_id}}
        condition = "user_id = :user"
        if between:
            condition += " AND created_at BETWEEN :low AND :high"
            values |= {":low": {"S": between[0]}, ":high": {"S": between[1]}}
        call = {"IndexName": "by_user", "KeyConditionExpression": condition, "Limit": 20}
        call |= {"ExpressionAttributeValues": values, "ScanIndexForward": False}
        self.dynamodb.query(TableName="images", **call | more)

    def pages(self, user_ids):
        """Query one page after another."""
        for user_id in user_ids:
            self.page(user_id)

    def tags(self, _shard=0):
        """Query fifty counts of tags."""
        self.page(f"tl#{self.image.user_id}", Limit=50, ScanIndexForward=True)

    def tags_of_shards(self):
        """Query the counts of four shards at once."""
        list(self.counters.map(self.tags, range(items.SHARDS)))

    def upload(self, content, thumb):
        """Put a record, the object and the thumb, make the record ready with its tag entries.

        Count its tags. thumb: its bytes, or None.
        """
        self.dynamodb.put_item(TableName="images", Item=items.item_of(self.image), **CONDITION)
        self.s3.put_object(**self.place, Body=content, ContentType="image/jpeg")
        self.put_thumb(thumb)
        self.transact(self.image, puts=items.entries_of(self.image))
        self.count(self.image.tags)

    def put(self, path, thumb):
        """Put a file and a thumb."""
        with open(path, "rb") as file:
            self.s3.put_object(**self.place, Body=file, ContentType="image/jpeg")
        self.put_thumb(thumb)

    def put_thumb(self, thumb):
        """Put the bytes of a thumb; nothing for None."""
        if thumb:
            place = self.place | {"Key": rendition_key(self.place["Key"], THUMB)}
            self.s3.put_object(**place, Body=thumb, ContentType=CONTENT_TYPE)

    def delete(self):
        """Get the record, remove it and its tag entries, count its tags, delete the object."""
        self.get()
        self.bury(self.image)
        self.s3.delete_object(**self.place)

    def bury(self, image):
        """Remove a record and its tag entries, count its tags."""
        self.transact(image, deletes=items.entries_of(image))
        self.count(image.tags)

    def change(self, tags=None):
        """Get the record, write it and its tag entries anew, count the tags that changed."""
        self.get()
        after = changed(self.image, tags=tags or self.image.tags)
        gone = changed(self.image, tags=sorted(set(self.image.tags).difference(after.tags)))
        self.transact(after, puts=items.entries_of(after), deletes=items.entries_of(gone))
        self.count(set(self.image.tags).symmetric_difference(after.tags))

    def update_many(self):
        """Get many records, write each of them and its tag entries anew."""
        self.get_many()
        self.at_once(lambda image: self.transact(image, puts=items.entries_of(image)))

    def delete_many(self):
        """Get many records, remove them and their tag entries, count tags, delete all objects."""
        self.get_many()
        self.at_once(lambda image: self.transact(image, deletes=items.entries_of(image)))
        self.count(self.image.tags, shards=items.SHARDS)
        keys = [{"Key": key} for image in self.images for key in image.own_keys]
        self.s3.delete_objects(Bucket="images", Delete={"Objects": keys, "Quiet": True})

    def get_many(self):
        """Get many records in one call."""
        keys = [items.key_of(image.image_id) for image in self.images]
        self.dynamodb.batch_get_item(
            RequestItems={"images": {"Keys": keys, "ConsistentRead": True}}
        )

    def at_once(self, function):
        """Call a function with each of the images, with several at once."""
        list(self.writers.map(function, self.images))

    def count(self, tags, shards=1):
        """Add to the counts of each tag: of a user, and in some shards; to all at once."""
        starts = [f"tag#{self.image.user_id}#", *(f"tags#{number}#" for number in range(shards))]
        keys = [f"{start}{tag}" for tag in tags for start in starts]
        list(self.counters.map(self.add, keys))

    def add(self, key):
        """Add to one count."""
        self.dynamodb.update_item(
            TableName="images",
            Key={"image_id": {"S": key}},
            UpdateExpression="SET listed_at = :tag, all_list = :all ADD doc :step",
            ConditionExpression="attribute_not_exists(#state)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues=items.values({":tag": "sea", ":all": "tl#1", ":step": 1}),
            ReturnValues="UPDATED_NEW",
        )

    def transact(self, image, puts=(), deletes=()):
        """Change a record and its entries in one transaction; its `doc` only if some are put."""
        values = CONDITION["ExpressionAttributeValues"]
        update = {"Key": items.key_of(image.image_id), **CONDITION}
        update["UpdateExpression"] = "SET #state = :pending"
        if puts:
            update["UpdateExpression"] += ", doc = :doc"
            update["ExpressionAttributeValues"] = values | {":doc": {"S": image.doc()}}
        actions = [{"Update": update}]
        actions += [{"Delete": {"Key": {"image_id": entry["image_id"]}}} for entry in deletes]
        actions += [{"Put": {"Item": entry}} for entry in puts]
        for action in actions:
            for call in action.values():
                call["TableName"] = "images"
        self.dynamodb.transact_write_items(TransactItems=actions)
