"""Pictures in modes that can be shrunk: eight bits a sample, colours multiplied by their opacity.

Mean values of pixels are right only then: a transparent pixel has a colour, which nobody sees.
"""

import math

from service.business.inspection.tiff.rewriting import WHITE

SIXTEEN_BITS = 65_535
DEEP_GRAY = {"I", "I;16", "I;16L", "I;16B", "I;16N", "F"}
GRAY = {"1", "L"}
# What each mode is converted to, one step after the other.
STEPS = {
    "1": ("L",), "P": ("RGB",), "PA": ("RGBA", "RGBa"), "LA": ("La",), "RGBA": ("RGBa",),
    "RGBX": ("RGB",), "YCbCr": ("RGB",), "HSV": ("RGB",),
}  # fmt: skip
STEPS_WITH_TRANSPARENCY = {
    "1": ("L", "LA", "La"), "L": ("LA", "La"), "P": ("RGBA", "RGBa"), "RGB": ("RGBA", "RGBa"),
}  # fmt: skip
READY = {"L", "La", "RGB", "RGBa", "CMYK"}


class Samples:
    """Converts parts of a picture to a mode that can be shrunk.

    Parts, because a copy of a whole picture in another mode would take as much memory again.
    """

    def __init__(self, picture):
        self.scale, self.offset = gray_scale(picture) if picture.mode in DEEP_GRAY else (1, 0)
        self.key = picture.info.get("transparency")

    def converted(self, part):
        """Return a part of the picture in one of the modes READY. Raises ValueError."""
        key = self.key
        if part.mode in DEEP_GRAY:
            part = self.eight_bits(part)
            key = None if key is None else min(255, int(key * self.scale + self.offset))
        steps = STEPS.get(part.mode, ()) if key is None else STEPS_WITH_TRANSPARENCY.get(part.mode)
        if key is not None:
            part.info["transparency"] = key
        for mode in steps or STEPS.get(part.mode, ()):
            part = part.convert(mode)
        if part.mode not in READY:
            raise ValueError(f"mode {part.mode}")
        return part

    def eight_bits(self, part):
        """Return a part of a picture of deep gray, scaled to eight bits."""
        if part.mode.startswith("I;16") and part.mode != "I;16":
            part = part.convert("I")
        scale, offset = self.scale, self.offset
        return part.point(lambda sample: sample * scale + offset).convert("L")


def gray_scale(picture):
    """Return the (scale, offset) that make eight bits of deep gray. Raises ValueError.

    Whole numbers up to 65,535 are taken for sixteen bits, fractions up to 1 for parts of white.
    """
    white = picture.info.get(WHITE, SIXTEEN_BITS)
    if picture.mode not in {"I", "F"}:
        return 255 / white, 0.5
    low, high = picture.getextrema()
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("samples without a range")
    if low >= 0 and picture.mode == "I" and high <= white:
        return 255 / white, 0.5
    if low >= 0 and picture.mode == "F" and high <= 255:
        return (255 if high <= 1 else 1), 0
    scale = 255 / max(high - low, 1e-30)
    return scale, -low * scale
