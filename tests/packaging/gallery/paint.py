"""Paints pictures that are pleasant to look at: skies, mountains, seas, each from its number."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

# Width and height: as of a camera, upright, square, a panorama, a narrow poster.
SIZES = [(1600, 1200), (1200, 1600), (1600, 1067), (1400, 1400), (2800, 900), (800, 1900)]
# Of each picture: the top of the sky, the horizon, the nearest hill.
COLORS = [
    ("#1e3a8a", "#fca5a5", "#111827"),
    ("#0ea5e9", "#e0f2fe", "#14532d"),
    ("#7c2d12", "#fdba74", "#1c1917"),
    ("#312e81", "#f0abfc", "#1e1b4b"),
    ("#0f766e", "#fef9c3", "#134e4a"),
    ("#020617", "#475569", "#020617"),
    ("#be185d", "#fef08a", "#3b0764"),
]
NAMES = ["Lake", "Evening", "Coast", "Valley", "Morning", "Night", "Dunes"]
HILLS = 4


def painted(number):
    """Return (name, JPEG) of a picture."""
    chance = random.Random(number)
    size, colors = SIZES[number % len(SIZES)], COLORS[number % len(COLORS)]
    picture = sky(size, *colors[:2])
    add_sun(picture, chance, colors[1])
    for hill in range(HILLS):
        color = blend(colors[1], colors[2], (hill + 1) / HILLS)
        add_hill(picture, chance, 0.5 + 0.42 * hill / HILLS, color)
    if number % 3 == 1:
        add_water(picture)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    return f"{NAMES[number % len(NAMES)]} {number + 1}.jpg", file.getvalue()


def sky(size, top, bottom):
    """Return a picture that passes from one color to another."""
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def blend(one, other, part):
    """Return a color between two: the first at 0, the second at 1."""
    swatches = [Image.new("RGB", (1, 1), color) for color in (one, other)]
    return Image.blend(*swatches, part).getpixel((0, 0))


def add_sun(picture, chance, color):
    """Paint a bright disk with a glow."""
    width, height = picture.size
    x, y = chance.uniform(0.2, 0.8) * width, chance.uniform(0.2, 0.45) * height
    radius = min(width, height) * chance.uniform(0.05, 0.1)
    light = Image.new("L", picture.size)
    disk = ImageDraw.Draw(light)
    disk.ellipse([x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius], fill=110)
    light = light.filter(ImageFilter.GaussianBlur(radius))
    ImageDraw.Draw(light).ellipse([x - radius, y - radius, x + radius, y + radius], fill=235)
    picture.paste(blend(color, "#ffffff", 0.7), mask=light)


def add_hill(picture, chance, top, color):
    """Paint a range of hills, whose middle height is `top` (0 is above, 1 below)."""
    width, height = picture.size
    steps, level, slope, line = 60, top, 0, []
    for step in range(steps + 1):
        slope = 0.7 * slope + chance.uniform(-0.012, 0.012) + 0.08 * (top - level)
        level += slope
        line.append((step * width / steps, level * height))
    ImageDraw.Draw(picture).polygon([*line, (width, height), (0, height)], fill=color)


def add_water(picture):
    """Let the lower third mirror what is above it."""
    width, height = picture.size
    shore = height * 2 // 3
    above = picture.crop((0, shore - (height - shore), width, shore))
    mirrored = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).filter(ImageFilter.BoxBlur(6))
    water = Image.blend(mirrored, Image.new("RGB", mirrored.size, "#1e3a5f"), 0.35)
    picture.paste(water, (0, shore))
