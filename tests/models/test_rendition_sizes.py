"""The sizes and keys of renditions."""

import pytest

from service.models.image import Image
from service.models.renditions import (
    download_name,
    fitted,
    own_keys,
    rendition_filename,
    served,
)


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


@pytest.mark.parametrize(
    ("filename", "saved"),
    [
        ("photo.jpg", "photo.webp"),
        ("photo.webp", "photo.webp"),
        ("photo", "photo.webp"),
        ("Kätzchen 😀.jpeg", "Kätzchen 😀.webp"),
        ("holiday.2024.png", "holiday.2024.webp"),
        ("Dr. Smith", "Dr. Smith.webp"),
        (".jpg", ".jpg.webp"),
        ("..jpg", "..jpg.webp"),
        ("..", "...webp"),
        ("photo.", "photo..webp"),
        ("a.jpg\n", "a.jpg\n.webp"),
        ("𝒻" * 255, "𝒻" * 250 + ".webp"),
        ("f" * 251 + ".jpg", "f" * 250 + ".webp"),
    ],
)
def test_a_rendition_is_saved_under_the_name_of_its_image(filename, saved):
    assert rendition_filename(filename) == saved


def test_what_is_served_has_its_own_key_type_and_name():
    image = Image(object_key="images/1/2", content_type="image/jpeg", filename="photo.jpg")

    assert served(image, None) == ("images/1/2", "image/jpeg")
    assert served(image, "thumb") == ("images/1/2.thumb.webp", "image/webp")
    assert download_name(image, None) == "photo.jpg"
    assert download_name(image, "thumb") == "photo.webp"
