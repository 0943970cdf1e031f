"""The structural similarity (SSIM) of two pictures: 1 where they are the same to the eye."""

import io

from PIL import Image

from service.business.renditions.rendering import METHOD, QUALITY

BLOCK, STEP = 8, 4
# The constants of Wang and others (2004) for 256 shades.
LIGHT, CONTRAST = 6.5025, 58.5225


def ssim(content, original):
    """Return the mean SSIM of the light of a rendition to the original decoded in full.

    content: the bytes of the rendition; original: those of a file, which is shrunk by Lanczos'
    filter.
    """
    rendition = Image.open(io.BytesIO(content)).convert("L")
    return mean_ssim(rendition, whole(original, rendition.size).convert("L"))


def full_ssim(original, size):
    """Return the SSIM of a WebP that is made of the original decoded in full."""
    file = io.BytesIO()
    whole(original, size).save(file, "WEBP", quality=QUALITY, method=METHOD)
    return ssim(file.getvalue(), original)


def whole(original, size):
    """Return a file's picture decoded in full, at a size."""
    with Image.open(io.BytesIO(original)) as picture:
        return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def mean_ssim(one, other):
    """Return the mean of all blocks of eight by eight pixels, every fourth pixel."""
    width, height = one.size
    left, right = one.tobytes(), other.tobytes()
    found = []
    for top in range(0, height - BLOCK + 1, STEP):
        for start in range(0, width - BLOCK + 1, STEP):
            starts = [(top + row) * width + start for row in range(BLOCK)]
            xs = b"".join(left[at : at + BLOCK] for at in starts)
            ys = b"".join(right[at : at + BLOCK] for at in starts)
            found.append(of_block(xs, ys))
    return sum(found) / len(found)


def of_block(xs, ys):
    """Return the SSIM of two blocks of shades."""
    count = len(xs)
    x, y = sum(xs) / count, sum(ys) / count
    x_variance = sum(shade * shade for shade in xs) / count - x * x
    y_variance = sum(shade * shade for shade in ys) / count - y * y
    covariance = sum(a * b for a, b in zip(xs, ys, strict=True)) / count - x * y
    return ((2 * x * y + LIGHT) * (2 * covariance + CONTRAST)) / (
        (x * x + y * y + LIGHT) * (x_variance + y_variance + CONTRAST)
    )
