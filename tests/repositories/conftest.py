import pytest
from moto import mock_aws

from tests.repositories.stores import AwsStores, EmbeddedStores


@pytest.fixture(scope="module")
def aws_stores():
    with mock_aws():
        yield AwsStores()


@pytest.fixture(scope="module")
def aws_plain_stores():
    """DynamoDB as the AWS SDK alone calls it."""
    with mock_aws():
        yield AwsStores(fast="0")


@pytest.fixture(scope="module")
def embedded_stores(tmp_path_factory):
    stores = EmbeddedStores(tmp_path_factory.mktemp("embedded"))
    yield stores
    stores.close()


@pytest.fixture(params=["embedded", "aws"])
def stores(request):
    return request.getfixturevalue(f"{request.param}_stores")


@pytest.fixture
def images(stores):
    return stores.new_images()


@pytest.fixture
def objects(stores):
    return stores.new_objects()
