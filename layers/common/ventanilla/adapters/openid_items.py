"""The items of OpenID Connect."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from ventanilla.adapters.attributes import InstantAttribute, JsonAttribute, WordsAttribute
from ventanilla.adapters.items import Item


class FamilyItem(Item):
    """`sessions#ref` / `~family#id`, behind the sessions."""

    id = UnicodeAttribute()
    ref = UnicodeAttribute()
    portal = UnicodeAttribute()
    number = UnicodeAttribute()
    client = UnicodeAttribute()
    scopes = WordsAttribute()
    session = UnicodeAttribute()
    sid = UnicodeAttribute()
    epoch = NumberAttribute()
    redirect_uri = UnicodeAttribute()
    challenge = UnicodeAttribute()
    created_at = InstantAttribute()
    expires_at = InstantAttribute()
    auth_time = InstantAttribute()
    acr = UnicodeAttribute()
    amr = WordsAttribute()
    turn = NumberAttribute()
    nonce = UnicodeAttribute(null=True)
    ended = BooleanAttribute()


class ConsentItem(Item):
    """`sessions#ref` / `~consent#client`."""

    ref = UnicodeAttribute()
    client = UnicodeAttribute()
    scopes = WordsAttribute()
    version = UnicodeAttribute()
    accepted_at = InstantAttribute()


class FormerKeyItem(Item):
    """`openid-keys` / thumbprint: the public part of a key that signs no more, until its TTL."""

    jwk = JsonAttribute()
    ends_at = InstantAttribute()
