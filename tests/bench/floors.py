"""The floor: the same store calls with boto3 at its defaults, without a web layer."""

import boto3

from service.models.renditions import CONTENT_TYPE, THUMB, rendition_key
from service.repositories.aws.dynamodb import items
from tests.bench.processes import CREDENTIALS

CONDITION = {
    "ConditionExpression": "#state = :pending AND nonce = :nonce",
    "ExpressionAttributeNames": {"#state": "state"},
    "ExpressionAttributeValues": {":pending": {"S": "pending"}, ":nonce": {"S": "0" * 16}},
}


class Floor:
    """Bare boto3, both clients at their defaults, at one address."""

    def __init__(self, address, image):
        session = boto3.session.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name="us-east-1",
        )
        self.dynamodb = session.client("dynamodb", endpoint_url=address)
        self.s3 = session.client("s3", endpoint_url=address)
        self.image = image
        self.key = items.key_of(image.image_id)
        self.place = {"Bucket": "images", "Key": image.object_key}

    def view(self):
        """Get an item and presign a URL."""
        self.dynamodb.get_item(TableName="images", Key=self.key, ConsistentRead=True)
        self.s3.generate_presigned_url("get_object", Params=self.place)

    def page(self):
        """Query twenty items of 14 typed attributes."""
        self.dynamodb.query(
            TableName="images",
            IndexName="by_user",
            KeyConditionExpression="user_id = :user",
            ExpressionAttributeValues={":user": {"S": self.image.user_id}},
            ScanIndexForward=False,
            Limit=20,
        )

    def upload(self, content, thumb):
        """Put a record, the object and the thumb, make the record ready with its tag entries.

        thumb: its bytes, or None.
        """
        self.dynamodb.put_item(TableName="images", Item=items.item_of(self.image), **CONDITION)
        self.s3.put_object(**self.place, Body=content, ContentType="image/jpeg")
        self.put_thumb(thumb)
        entries = [{"Put": {"TableName": "images", "Item": entry}} for entry in self.entries()]
        self.transact(entries)

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
        """Get the record, remove it and its tag entries, delete the object."""
        self.dynamodb.get_item(TableName="images", Key=self.key, ConsistentRead=True)
        keys = [{"image_id": entry["image_id"]} for entry in self.entries()]
        self.transact([{"Delete": {"TableName": "images", "Key": key}} for key in keys])
        self.s3.delete_object(**self.place)

    def entries(self):
        """Return the tag entries of the record."""
        return items.entries_of(self.image)

    def transact(self, entries):
        """Change the record and its entries in one transaction."""
        change = {"TableName": "images", "Key": self.key, **CONDITION}
        change["UpdateExpression"] = "SET #state = :pending"
        self.dynamodb.transact_write_items(TransactItems=[{"Update": change}, *entries])
