"""The sizes and keys of renditions."""

import pytest

from service.models.renditions import fitted, own_keys


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        ((4000, 3000), (320, 240)),
        ((3000, 4000), (240, 320)),
        ((320, 7), (320, 7)),
        ((48, 32), (48, 32)),
        ((20000, 2), (320, 1)),
        ((1, 100_000), (1, 320)),
        ((321, 321), (320, 320)),
        ((640, 427), (320, 214)),
    ],
)
def test_a_picture_fits_into_a_square(sides, expected):
    assert fitted(*sides, 320) == expected


def test_keys_are_beside_the_original():
    assert own_keys("images/id/nonce") == [
        "images/id/nonce",
        "images/id/nonce.thumb.webp",
        "images/id/nonce.large.webp",
    ]
