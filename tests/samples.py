"""Sample events: the end of a name says which refusal it promises."""

IN_OAUTHS_WORDS = ("grant-refused",)
"""Refusals that are no problem documents: the standard has words of its own (RFC 6749 §5.2)."""

REFUSALS = {
    "malformed": 400,
    "client-refused": 400,
    "grant-refused": 400,
    "tokenless": 401,
    "invalid-credentials": 401,
    "unauthenticated": 401,
    "unsigned": 401,
    "unknown": 404,
    "unknown-path": 404,
    "unknown-portal": 404,
    "token-gone": 410,
    "media-type": 415,
    "invalid": 422,
    "unknown-field": 422,
}
