"""Renders a stored original anew: reads its structure, decodes it, renders it."""

from service.business.inspection.image_inspector import HEAD, contents, recognise
from service.business.renditions.rendering import detail
from service.common.errors import ImageRefused, RenditionImpossible, UnsupportedImage
from service.models.renditions import THUMB

UNREADABLE = "The service cannot decode this image. Use the original: its url works."
TOO_LARGE = "Decoding this image takes more memory than the service may use for it."


def render(file, name, renderer, most=None):
    """Return the Rendered of an original, or None if decoding it takes over `most` bytes.

    Where `most` is None, only the limits of the process hold. Raises RenditionImpossible.
    """
    try:
        size = file.seek(0, 2)
        file.seek(0)
        _content_type, walker = recognise(file.read(HEAD))
        data = contents(file, size)
        header = walker.read(data)
        if most is not None and not fits(walker, header, name, most):
            return None
        picture = walker.picture(file, data, header, detail(name))
        if picture is None:
            raise RenditionImpossible(UNREADABLE)
        return renderer.render(picture, header, name)
    except RenditionImpossible:
        raise
    except UnsupportedImage as error:
        # An operator may install what decodes it, at any time.
        raise RenditionImpossible(error.detail, lasting=False) from error
    except ImageRefused as error:
        raise RenditionImpossible(error.detail) from error
    except MemoryError as error:
        raise RenditionImpossible(TOO_LARGE) from error
    except Exception as error:
        # A decoder may raise any exception on hostile bytes.
        raise RenditionImpossible(UNREADABLE, reason=repr(error)) from error


def fits(walker, header, name, most):
    """Tell whether decoding and rendering take at most so many bytes."""
    memory = walker.picture_memory(header, detail(name))
    if memory is None:
        return False
    # A large rendition may need a copy of the picture with its colours multiplied by opacity.
    copy = 0 if name == THUMB else 4 * min(header.width * header.height, (2 * detail(name)) ** 2)
    return memory + copy <= most
