"""TIFF: the directories of its pages, which are those of an EXIF block, and of reduced copies."""

from service.business.inspection.tiff import is_reduced
from service.business.metadata import exif, iptc, xmp

INNER_DIRECTORIES = 330
# What other programs keep in a tag of their own.
BLOCKS = {700: xmp.look, 33723: iptc.look, 34377: iptc.look_at_resources}
MOST_INNER = 8
MOST_BLOCK = 1024 * 1024


def look(findings, data, _header):
    """Find the kinds of metadata in a TIFF. Bytes behind its picture cannot be told: any may be."""
    following = None
    while following != 0:
        # Raises behind the last directory that may be looked at, so that a circle ends.
        page = exif.opened(findings, data, following)
        look_at_page(findings, page)
        if INNER_DIRECTORIES in page.tags:
            findings.look(look_at_inner_pages, page)
        following = page.following


def look_at_page(findings, page):
    """Find what a page's directory tells."""
    findings.look(exif.look_at_tags, page)
    for tag, reader in BLOCKS.items():
        if tag in page.tags:
            findings.look(reader, findings.limited(exif.content(page, tag, MOST_BLOCK)))
    findings.look(look_for_reduced, page)


def look_for_reduced(findings, page):
    """Find whether a page is a reduced copy of another."""
    if exif.THUMBNAIL in page.tags or is_reduced(page):
        findings.add("embedded_thumbnail")


def look_at_inner_pages(findings, page):
    """Find what the directories inside a page tell."""
    for start in page.numbers(INNER_DIRECTORIES)[:MOST_INNER]:
        look_at_page(findings, exif.opened(findings, page.data, start))
