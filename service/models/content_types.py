"""The content types of images, as clients write them and as the service names them."""

# By the names that older programs, browsers and cameras use: the registered one.
NAMES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/jfif": "image/jpeg",
    "image/x-png": "image/png",
    "image/apng": "image/png",
    "image/tif": "image/tiff",
    "image/x-tif": "image/tiff",
    "image/x-tiff": "image/tiff",
    "image/x-bmp": "image/bmp",
    "image/x-ms-bmp": "image/bmp",
    "image/x-windows-bmp": "image/bmp",
    "image/x-webp": "image/webp",
    "image/avif-sequence": "image/avif",
    "image/heif": "image/heic",
}


def registered(text):
    """Return the registered name of a content type: `IMAGE/JPG; q=1` is image/jpeg."""
    name = text.partition(";")[0].strip().lower()
    return NAMES.get(name, name)
