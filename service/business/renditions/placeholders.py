"""What pages show in a picture's place while it is loaded: its mean colour, and a ThumbHash.

A ThumbHash is a blurred picture in about 25 bytes, by Evan Wallace: the strongest waves (of a
cosine transform) of light, two differences of colours, and opacity.
"""

import base64
import math
import operator

# A copy this small tells as much, in a tenth of the time.
LONGEST = 32


def placeholders(picture):
    """Return (color, thumbhash) of a picture in the mode RGB or RGBA.

    color is None for a picture of which nothing is seen.
    """
    from PIL import Image

    longest = max(picture.size)
    size = [max(1, round(side * min(1, LONGEST / longest))) for side in picture.size]
    small = picture.resize(size, Image.Resampling.BOX).convert("RGBA")
    samples = small.tobytes()
    pixels = list(zip(*(samples[start::4] for start in range(4)), strict=True))
    mean = mean_colour(pixels)
    return hexadecimal(mean), base64.b64encode(thumbhash(*size, pixels, mean)).decode()


def mean_colour(pixels):
    """Return the mean [red, green, blue], weighted by opacity; None where nothing is seen."""
    total = sum(pixel[3] for pixel in pixels)
    if not total:
        return None
    return [sum(pixel[band] * pixel[3] for pixel in pixels) / total for band in range(3)]


def hexadecimal(colour):
    """Return a colour as "#rrggbb"; None for None."""
    return colour and "#" + "".join(f"{round(part):02x}" for part in colour)


def thumbhash(width, height, pixels, mean):
    """Return the bytes of the ThumbHash of (red, green, blue, opacity) pixels."""
    light, yellow, red, opacity = channels(pixels, mean or [0, 0, 0])
    see_through = min(opacity) < 1
    most, longest = (5 if see_through else 7), max(width, height)
    across, down = (max(1, round(most * side / longest)) for side in (width, height))
    waves = Waves(width, height)
    l_mean, l_scale, l_waves = waves.of(light, max(3, across), max(3, down))
    p_mean, p_scale, p_waves = waves.of(yellow, 3, 3)
    q_mean, q_scale, q_waves = waves.of(red, 3, 3)
    landscape = width > height
    head = round(63 * l_mean) | round(31.5 + 31.5 * p_mean) << 6
    head |= round(31.5 + 31.5 * q_mean) << 12 | round(31 * l_scale) << 18 | see_through << 23
    shape = (down if landscape else across) | round(63 * p_scale) << 3
    shape |= round(63 * q_scale) << 9 | landscape << 15
    written = head.to_bytes(3, "little") + shape.to_bytes(2, "little")
    halves = l_waves + p_waves + q_waves
    if see_through:
        a_mean, a_scale, a_waves = waves.of(opacity, 5, 5)
        written += bytes([round(15 * a_mean) | round(15 * a_scale) << 4])
        halves += a_waves
    halves += [0] * (len(halves) % 2)
    return written + bytes(low | high << 4 for low, high in zip(*[iter(halves)] * 2, strict=True))


def channels(pixels, mean):
    """Return [light, yellow to blue, red to green, opacity] of the pixels, each 0 to 1 or -1 to 1.

    What shines through a pixel is the mean colour.
    """
    rows = []
    red_behind, green_behind, blue_behind = mean
    for red, green, blue, alpha in pixels:
        opacity = alpha / 255
        gap = 1 - opacity
        red = (red * opacity + red_behind * gap) / 255
        green = (green * opacity + green_behind * gap) / 255
        blue = (blue * opacity + blue_behind * gap) / 255
        rows.append(((red + green + blue) / 3, (red + green) / 2 - blue, red - green, opacity))
    return list(zip(*rows, strict=True))


class Waves:
    """The cosine transform of the channels of a picture."""

    def __init__(self, width, height):
        self.width = width
        self.columns = [cosines(width, number) for number in range(7)]
        self.rows = [cosines(height, number) for number in range(7)]

    def of(self, channel, across, down):
        """Return (mean, scale, [wave as 0 to 15]) of a channel; scale: the strongest wave."""
        lines = [channel[at : at + self.width] for at in range(0, len(channel), self.width)]
        found = []
        for number, row in enumerate(self.rows[:down]):
            # The waves of one column of numbers, added up over the lines of the picture.
            line = [dot(row, column) for column in zip(*lines, strict=True)]
            for other in range(-(-across * (down - number) // down)):
                found.append(dot(line, self.columns[other]) / len(channel))
        mean, *waves = found
        scale = max(map(abs, waves), default=0)
        return (
            mean,
            scale,
            [round(15 * (0.5 + 0.5 * wave / scale)) if scale else 0 for wave in waves],
        )


def cosines(size, number):
    """Return a wave of so many half turns over a side of that size."""
    return [math.cos(math.pi / size * number * (at + 0.5)) for at in range(size)]


def dot(left, right):
    """Return the sum of the products of two lists."""
    return sum(map(operator.mul, left, right))
