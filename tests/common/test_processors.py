"""How many processors the service may use, which decides how many processes serve."""

import os

import pytest

from service.common.processors import usable


@pytest.mark.parametrize(
    ("share", "most"),
    [
        ("max 100000", 999),
        ("100000 100000", 1),
        ("150000 100000", 1),
        ("50000 100000", 1),
        ("", 999),
    ],
)
def test_a_container_uses_its_share(tmp_path, share, most):
    (tmp_path / "cpu.max").write_text(f"{share}\n")

    assert usable(tmp_path / "cpu.max") == min(most, len(os.sched_getaffinity(0)))


def test_without_containers_there_is_no_such_file(tmp_path):
    assert usable(tmp_path / "cpu.max") == len(os.sched_getaffinity(0))
