"""What only HTTP can get wrong."""

from __future__ import annotations

from ventanilla.domain.errors import VentanillaError


class MalformedBody(VentanillaError):
    """The body is no JSON object in UTF-8."""

    slug = "malformed-body"


class UnsupportedMediaType(VentanillaError):
    """The body is of another type than `expected`."""

    slug = "unsupported-media-type"


class TooLarge(VentanillaError):
    """The body has more than 64 KB."""

    slug = "too-large"


class BatchTooLarge(VentanillaError):
    """The lines of a body are more than 4 MB."""

    slug = "batch-too-large"
