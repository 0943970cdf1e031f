"""Examine an inspected file: which kinds of private metadata it has, and when it was taken."""

import functools
from contextlib import suppress

from service.business.metadata.findings import Findings


def examine(content_type, data, header):
    """Return (taken_at, privacy) of a file, and never raise.

    taken_at: text as `2026-02-13T09:30:00`, with the offset if the camera wrote one; None where
    no EXIF says it. privacy: {kind: whether the file has it}, never values; None for a format
    that is not examined. What cannot be read tells nothing.
    """
    if content_type not in formats():
        return None, None
    findings = Findings()
    with suppress(Exception):
        formats()[content_type].look(findings, data, header)
    return findings.taken_at, findings.privacy()


@functools.cache
def formats():
    """Return {content type: module}. Imports them: a cold start does without their patterns."""
    from service.business.metadata.formats import bmp, gif, heif, jpeg, png, tiff, webp

    return {
        "image/jpeg": jpeg,
        "image/png": png,
        "image/gif": gif,
        "image/webp": webp,
        "image/avif": heif,
        "image/heic": heif,
        "image/tiff": tiff,
        "image/bmp": bmp,
    }
