"""Colours as screens show them: sRGB, by the colour profile of the picture."""

import functools
import io

from service.business.inspection.decoders import MOST_PROFILE

# By the first letters of the kind of colours a profile is for: the modes of such pictures.
KINDS = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
# Any number of steps, hardly ever used. Measured: 5,000 of them, in 40 KB, take 3 s.
STEPS = b"mpet"


def to_srgb(picture, profile):
    """Return a picture in the mode RGB or RGBA, its colours converted by a profile.

    A profile that is broken, or for other pictures, is ignored, as viewers do.
    """
    opacity = picture.getchannel("A") if picture.mode in {"LA", "RGBA"} else None
    plain = picture.convert(picture.mode[:-1]) if opacity else picture
    shown = (converted(plain, profile) if profile else None) or plain.convert("RGB")
    if opacity and opacity.getextrema()[0] < 255:
        shown.putalpha(opacity)
    return shown


def converted(picture, profile):
    """Return a picture in sRGB, or None where the profile cannot be used."""
    from PIL import ImageCms

    if len(profile) > MOST_PROFILE or STEPS in profile:
        return None

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if KINDS.get(source.profile.xcolor_space.strip()) != picture.mode:
            return None
        return ImageCms.profileToProfile(picture, source, srgb(), outputMode="RGB")
    except Exception:
        # Any fault of a profile: it is the client's, and the picture is good without it.
        return None


@functools.cache
def srgb():
    """Return the profile of sRGB."""
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
