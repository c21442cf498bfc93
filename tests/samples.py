"""Sample events: the end of a name says which refusal it promises."""

REFUSALS = {
    "malformed": 400,
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
