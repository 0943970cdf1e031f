"""Compare with exiftool what the service says of private metadata, and what it leaves of it.

Makes some 300 files, most of whose metadata exiftool itself writes. To check other copies of them,
add a function to CHECKS, which gets [Sample] and a folder for its own files.
"""

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageCms, ImageSequence

from service.business.inspection.image_inspector import ImageInspector, recognise
from service.business.metadata.examination import examine
from service.business.metadata.findings import KINDS
from service.business.metadata.stripping import stripped
from service.business.renditions import originals
from service.business.renditions.rendering import Renderer
from service.models.renditions import SIZES
from tests.packaging.privacy_recipes import (
    ANY,
    COMBINED,
    FEWEST_FILES,
    HARMLESS,
    KIND_OF_TAG,
    ONLY,
    PLACES,
    UNNAMED,
)

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# Of the first three all metadata can be stripped. What Pillow calls each.
STRIPPABLE = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
EXTENSIONS = STRIPPABLE | {"gif": "GIF", "tif": "TIFF", "avif": "AVIF"}
ORIENTATION = 274
# What a stripped copy keeps and a rendition has not.
BESIDE = re.compile("IFD0|ICC")


class Sample:
    """A file with metadata. path: where it is; told: what exiftool finds in it, {tag: value}."""

    def __init__(self, path, recipe):
        self.path = path
        self.recipe = recipe
        self.told = {}

    @property
    def content(self):
        """The bytes of the file."""
        return self.path.read_bytes()


def pictures(extension):
    """Return {name: bytes} of pictures without metadata, in the forms that a format has."""
    image = Image.effect_mandelbrot((160, 120), (-3, -2.5, 2, 2.5), 20).convert("RGB")
    forms = {
        "jpg": {"plain": {}, "progressive": {"progressive": True}},
        "png": {"plain": {}, "frames": {"save_all": True, "append_images": [image.rotate(9)]}},
        "webp": {"plain": {}, "frames": {"save_all": True, "append_images": [image.rotate(9)]}},
    }.get(extension, {"plain": {}})
    turned = Image.Exif()
    turned[ORIENTATION] = 6
    if extension in STRIPPABLE:
        forms |= {"turned": {"exif": turned}, "profile": {"icc_profile": PROFILE}}
    return {name: saved(image, EXTENSIONS[extension], options) for name, options in forms.items()}


def saved(image, name, options):
    """Return the bytes of an image that Pillow saves."""
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def make(folder, exiftool):
    """Make the files; return [Sample] with what exiftool finds in them."""
    samples, commands = [], []
    (folder / "thumbnail.jpg").write_bytes(saved(Image.new("RGB", (40, 30)), "JPEG", {}))
    for extension in EXTENSIONS:
        recipes = ANY | ONLY[extension] | COMBINED
        for form, picture in pictures(extension).items():
            for recipe, tags in recipes.items():
                path = folder / f"{extension}-{form}-{recipe}.{extension}"
                path.write_bytes(picture)
                samples.append(Sample(path, recipe))
                if not tags:
                    continue
                arguments = [tag.replace("FOLDER", str(folder)) for tag in tags]
                commands += [*arguments, "-overwrite_original", "-q", "-q", "-m", str(path)]
                commands.append("-execute")
    arguments = folder / "arguments"
    arguments.write_text("\n".join(commands))
    subprocess.run([exiftool, "-@", arguments], check=True)
    append_trailers(samples)
    for sample, tags in zip(samples, seen(exiftool, samples), strict=True):
        sample.told = tags
    return samples


def append_trailers(samples):
    """Put bytes behind some of the pictures."""
    for sample in samples:
        if "trailing_bytes" in UNNAMED.get(sample.recipe, ()):
            sample.path.write_bytes(sample.content + b"a film of the same moment" * 99)


def seen(exiftool, samples):
    """Return [{group:tag: value}] of what exiftool finds in files."""
    options = ["-j", "-G1", "-a", "-u", "-ee", "-n", "-api", "LargeFileSupport=1"]
    paths = [str(sample.path) for sample in samples]
    output = subprocess.run([exiftool, *options, *paths], capture_output=True, text=True)
    return json.loads(output.stdout)


def kinds_told(sample):
    """Return the kinds of metadata of which exiftool finds a tag."""
    found = set(UNNAMED.get(sample.recipe, ()))
    if sample.path.suffix == ".tif":
        # A TIFF has no end.
        found.discard("trailing_bytes")
    for name in sample.told:
        group, _, tag = name.partition(":")
        if any(group.startswith(place) for place in PLACES):
            found |= {kind for pattern, kind in KIND_OF_TAG if pattern.search(tag)}
    return found


def inspected(content, extension):
    """Return (content type, data, Header) of a file that the service accepts."""
    fields, _thumb = ImageInspector(100_000_000).inspect(io.BytesIO(content))
    assert fields["content_type"] == f"image/{EXTENSIONS[extension].lower()}"
    data = memoryview(content)
    return fields["content_type"], data, recognise(content[:64])[1].read(data), fields


def check_kinds(samples, _folder, _exiftool):
    """Check that the service names the kinds of metadata that exiftool finds."""
    for sample in samples:
        *file, _fields = inspected(sample.content, sample.path.suffix[1:])
        taken_at, privacy = examine(*file)
        named = {kind for kind in KINDS if privacy[kind]}
        yield sample, named == kinds_told(sample), f"{named} for {kinds_told(sample)}"
        yield sample, taken_at == taken(sample), f"{taken_at} for {taken(sample)}"


def taken(sample):
    """Return the time that exiftool finds in EXIF, in the service's form."""
    for tag, offset in (("DateTimeOriginal", "OffsetTimeOriginal"),
                        ("CreateDate", "OffsetTimeDigitized")):  # fmt: skip
        if text := sample.told.get(f"ExifIFD:{tag}"):
            date, _, time = text.partition(" ")
            return f"{date.replace(':', '-')}T{time}{sample.told.get(f'ExifIFD:{offset}', '')}"
    return None


def check_strip(samples, folder, exiftool):
    """Check that exiftool finds nothing in stripped copies, and that they look the same."""
    copies = []
    for sample in samples:
        content, extension = sample.content, sample.path.suffix[1:]
        if extension not in STRIPPABLE:
            continue
        *file, fields = inspected(content, extension)
        pieces = stripped(*file)
        copy = Sample(folder / sample.path.name, sample.recipe)
        copy.path.write_bytes(content if pieces is None else b"".join(pieces))
        copies.append(copy)
        *again, fields_again = inspected(copy.content, extension)
        sizes = [(found["width"], found["height"]) for found in (fields, fields_again)]
        yield copy, sizes[0] == sizes[1], f"displayed as {sizes}"
        yield copy, look(content) == look(copy.content), "other pixels or another profile"
        yield copy, not any(examine(*again)[1].values()), f"{examine(*again)[1]}"
        yield copy, stripped(*again) is None, "something to strip again"
    for copy, tags in zip(copies, seen(exiftool, copies), strict=True):
        left = [name for name in tags if not HARMLESS.fullmatch(name)]
        yield copy, not left, f"exiftool finds {left}"


def look(content):
    """Return the pixels of all frames, their times, the profile and the turn."""
    with Image.open(io.BytesIO(content)) as image:
        frames = [
            (frame.mode, frame.tobytes(), frame.info.get("duration"))
            for frame in ImageSequence.Iterator(image)
        ]
        # Of phones' pictures Pillow calls the second one a frame.
        frames = frames[:1] if image.format in ("JPEG", "MPO") else frames
        return frames, image.info.get("icc_profile"), image.getexif().get(ORIENTATION, 1)


def check_renditions(samples, folder, exiftool):
    """Check that exiftool finds nothing in renditions, not even a turn or a profile."""
    copies = []
    for sample in samples:
        file = io.BytesIO(sample.content)
        for name in SIZES:
            copy = Sample(folder / f"{sample.path.name}-{name}.webp", sample.recipe)
            copy.path.write_bytes(originals.render(file, name, Renderer()).rendition.content)
            copies.append(copy)
    for copy, tags in zip(copies, seen(exiftool, copies), strict=True):
        left = [name for name in tags if not HARMLESS.fullmatch(name) or BESIDE.match(name)]
        yield copy, not left, f"exiftool finds {left}"


CHECKS = (check_kinds, check_strip, check_renditions)


def main():
    """Run all checks; print what is wrong. The arguments: a folder to work in, and exiftool."""
    folder, exiftool = Path(sys.argv[1]), sys.argv[2]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    samples, wrong = make(folder, exiftool), 0
    for check in CHECKS:
        own = folder / check.__name__
        own.mkdir()
        for sample, right, reason in check(samples, own, exiftool):
            if not right:
                wrong += 1
                sys.stderr.write(f"{check.__name__}: {sample.path.name}: {reason}\n")
    sys.stdout.write(f"{len(samples)} files, {wrong} faults\n")
    assert len(samples) >= FEWEST_FILES
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
