"""HEIC, which iPhones make: refused with advice, accepted where pillow-heif is installed."""

import importlib.util
import io

import pytest
from PIL import Image

from tests.support import pictures

INSTALLED = importlib.util.find_spec("pillow_heif") is not None


def heic(brand=b"heic"):
    """Return an AVIF whose brands say that it is HEIC; only the structure of both is checked."""
    return pictures.avif().replace(b"avif", brand)


@pytest.mark.skipif(INSTALLED, reason="pillow-heif is installed")
@pytest.mark.parametrize("brand", [b"heic", b"heix", b"heim", b"hevc", b"mif1", b"msf1"])
def test_who_sends_heic_is_told_what_to_do(upload, brand):
    response = upload(data=heic(brand), filename="IMG_0001.HEIC")

    assert (response.status_code, response.json["type"]) == (415, "/problems/unsupported-image")
    assert "HEIC" in response.json["detail"]
    assert "Settings > Camera > Formats > Most Compatible" in response.json["detail"]
    assert "pillow-heif" in response.json["detail"]


@pytest.fixture
def switched_on(tmp_path, monkeypatch):
    """Put an empty package named pillow_heif where Python finds it: only its name counts."""
    (tmp_path / "pillow_heif.py").touch()
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("switched_on")
def test_an_operator_can_allow_heic(upload, client):
    response = upload(data=heic(), filename="IMG_0001.HEIC")

    assert response.status_code == 201
    seen = client.get(f"/images/{response.json['image_id']}").json
    assert (seen["content_type"], seen["width"], seen["height"]) == ("image/heic", 64, 48)


@pytest.mark.usefixtures("switched_on")
def test_heic_cut_short_is_refused(upload):
    assert upload(data=heic()[:-20]).status_code == 422


def encoded(width, height):
    """Return a HEIC that libheif encodes, as a phone does."""
    pillow_heif = pytest.importorskip("pillow_heif", exc_type=ImportError)
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.effect_noise((width, height), 60).convert("RGB")).save(file)
    return file.getvalue()


@pytest.mark.parametrize("size", [(640, 480), (63, 47)])
def test_what_a_phone_sends_is_accepted(upload, size):
    data = encoded(*size)

    response = upload(data=data)

    assert response.status_code == 201
    assert response.json["content_type"] == "image/heic"
    assert (response.json["width"], response.json["height"]) == size


def test_what_a_phone_sends_gets_its_thumb(upload, client):
    image = upload(data=encoded(640, 480)).json

    viewed = client.get(f"/images/{image['image_id']}?rendition=thumb").json

    thumb = viewed["renditions"]["thumb"]
    assert (thumb["width"], thumb["height"]) == (320, 240)
    assert client.get(thumb["url"], buffered=True).data[8:12] == b"WEBP"


@pytest.mark.usefixtures("switched_on")
def test_without_a_decoder_it_has_no_thumb(upload, client):
    image = upload(data=heic()).json

    response = client.get(f"/images/{image['image_id']}?rendition=thumb")

    assert (response.status_code, response.json["type"]) == (422, "/problems/rendition-impossible")


@pytest.mark.parametrize("cut", [0.25, 0.5, 0.75, 0.95])
def test_what_a_phone_sends_in_part_is_refused(upload, cut):
    data = encoded(640, 480)

    assert upload(data=data[: int(len(data) * cut)]).status_code == 422
