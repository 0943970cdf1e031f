import pytest
from moto import mock_aws
from moto.core.models import botocore_stubber

from service.repositories.aws.dynamodb.table import table_definition
from tests.permissions.recorder import Recorder
from tests.repositories.stores import AwsStores


@pytest.fixture(scope="module")
def recorder():
    """What is recorded of every request to moto, which has a bucket and a table `images`."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIP_STAGE_PATH", "1")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        stores = AwsStores()
        stores.s3.create_bucket(Bucket="images")
        stores.dynamodb.create_table(**table_definition("images"))
        recorder = Recorder(botocore_stubber.process_request)
        patch.setattr(botocore_stubber, "process_request", recorder.answer)
        yield recorder
        recorder.close()
