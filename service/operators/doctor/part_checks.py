"""Checks that table, indexes and bucket exist, are active, and are as the service needs them."""

from service.operators.doctor.aws_faults import CALL_ERRORS, NOT_AWS, call_fault
from service.operators.doctor.findings import Concern, Fault
from service.repositories.aws.dynamodb.items import INDEXES
from service.repositories.aws.provision import read_cors

PROVISION = "run `python main.py provision`"


class PartChecks:
    """The checks of table, indexes and bucket, with the clients of the service."""

    def __init__(self, settings, dynamodb, s3):
        self.settings = settings
        self.dynamodb = dynamodb
        self.s3 = s3

    def table(self):
        """Check that the table exists and is active, and that its key is image_id."""
        table = self.describe_table()
        name = self.settings.table_name
        if table["TableStatus"] not in ("ACTIVE", "UPDATING"):
            raise Fault(f"Table {name} is {table['TableStatus']}: wait until it is ACTIVE.")
        texts = {
            row["AttributeName"]: row["AttributeType"] for row in table["AttributeDefinitions"]
        }
        keys = [(row["AttributeName"], row["KeyType"]) for row in table["KeySchema"]]
        if keys != [("image_id", "HASH")] or texts["image_id"] != "S":
            raise Fault(
                f"The key of table {name} is not image_id as a string: choose another TABLE_NAME "
                f"and {PROVISION}."
            )
        return f"{name} exists"

    def indexes(self):
        """Check that the indexes exist and are active."""
        found = {
            index["IndexName"]: index["IndexStatus"]
            for index in self.describe_table().get("GlobalSecondaryIndexes", [])
        }
        if missing := [name for name in INDEXES if name not in found]:
            raise Fault(f"Missing: {', '.join(missing)}. To add them {PROVISION}.")
        if inactive := [name for name in INDEXES if found[name] not in ("ACTIVE", "UPDATING")]:
            raise Fault(f"Not ACTIVE yet: {', '.join(inactive)}. Wait: a large table takes hours.")
        return f"{', '.join(INDEXES)} are active"

    def bucket(self):
        """Check that the bucket exists, and is in the region for which URLs are signed."""
        answer = self.ask_s3("head_bucket")
        region = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
        expected = self.settings.aws_default_region
        if region and region != expected:
            raise Fault(f"The bucket is in {region}: set AWS_DEFAULT_REGION={region}.")
        return f"{self.settings.bucket_name} exists in {expected}"

    def versioning(self):
        """Check that a delete leaves no bytes in the bucket."""
        if self.ask_s3("get_bucket_versioning").get("Status") == "Enabled":
            raise Concern(
                "Versioning is on: a delete keeps the bytes as an old version. Turn it off, or let "
                "a lifecycle rule remove old versions (NoncurrentVersionExpiration)."
            )
        return "off: a delete removes the bytes"

    def origins(self):
        """Check that pages of CORS_ORIGINS may send direct uploads to the bucket."""
        try:
            rules = read_cors(self.s3, self.settings.bucket_name)
        except CALL_ERRORS as error:
            raise call_fault(error, self.settings) from error
        shut = [one for one in self.settings.cors_origins if not is_open(rules, one)]
        if shut:
            raise Fault(f"The bucket refuses uploads from pages of {', '.join(shut)}: {PROVISION}.")
        return f"the bucket accepts uploads from pages of {', '.join(self.settings.cors_origins)}"

    def gallery(self):
        """Check that the gallery may send large uploads straight to the bucket."""
        try:
            rules = read_cors(self.s3, self.settings.bucket_name)
        except CALL_ERRORS as error:
            fault = call_fault(error, self.settings)
            raise Concern(f"The bucket's CORS rules cannot be read. {fault}") from error
        if not is_open(rules, self.settings.gallery_origin):
            raise Concern(f"The bucket refuses large uploads from the gallery: {PROVISION}.")
        return "the bucket accepts large uploads from the gallery"

    def describe_table(self):
        """Return DynamoDB's description of the table. Raises Fault."""
        try:
            answer = self.dynamodb.describe_table(TableName=self.settings.table_name)
        except CALL_ERRORS as error:
            raise call_fault(error, self.settings) from error
        if "Table" not in answer:
            raise Fault(NOT_AWS)
        return answer["Table"]

    def ask_s3(self, operation):
        """Call an operation of S3 on the bucket; return its answer. Raises Fault."""
        try:
            return getattr(self.s3, operation)(Bucket=self.settings.bucket_name)
        except CALL_ERRORS as error:
            raise call_fault(error, self.settings) from error


def is_open(rules, origin):
    """Tell whether a bucket's CORS rules let pages of an origin PUT and POST."""
    return any(
        {"PUT", "POST"} <= set(rule["AllowedMethods"])
        and {"*", origin} & set(rule["AllowedOrigins"])
        for rule in rules
    )
