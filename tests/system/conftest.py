import contextlib

import pytest

from tests.repositories.stores import AwsStores
from tests.system import emulators


@pytest.fixture(scope="session")
def ministack():
    with emulators.ministack() as url:
        yield url


@pytest.fixture(scope="session")
def dynamodb_local():
    with contextlib.ExitStack() as stack:
        try:
            yield stack.enter_context(emulators.dynamodb_local(*emulators.BRIEFLY))
        except emulators.Missing as error:
            pytest.skip(f"DYNAMODB LOCAL IS NOT TESTED: {error}")


@pytest.fixture(scope="session")
def aws_stores(dynamodb_local, ministack):
    return AwsStores(dynamodb_local, ministack)


@pytest.fixture
def stores(aws_stores):
    return aws_stores


@pytest.fixture
def images(aws_stores):
    return aws_stores.new_images()


@pytest.fixture
def objects(aws_stores):
    return aws_stores.new_objects()


def pytest_terminal_summary(terminalreporter):
    """Report the tests that were left out at the end."""
    skipped = terminalreporter.stats.get("skipped", [])
    for reason in sorted({report.longrepr[2] for report in skipped}):
        terminalreporter.section(reason, red=True, bold=True)
