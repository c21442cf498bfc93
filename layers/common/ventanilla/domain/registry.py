"""What the civil registry knows of somebody: shown masked, and weighed against what a portal demands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from ventanilla.domain.identifiers import IdentifierKind
from ventanilla.domain.portals import Eligibility

IdentityStatus = Literal["valid", "expired", "annulled"]
REGISTRY_FIELDS = ("given_names", "surnames", "legal_name", "birth_date")
"""What a form's field marked `registry = true` may be named, so that the registry can fill it in."""
_SHOWN = ("given_names", "surnames", "legal_name", "email")


@dataclass(frozen=True, slots=True)
class RegistryRecord:
    """A person or body as the registry knows it; texts are empty where they do not apply or are not known."""

    kind: IdentifierKind
    number: str
    given_names: str = ""
    surnames: str = ""
    legal_name: str = ""
    email: str = ""
    birth_date: date | None = None
    identity_status: IdentityStatus = "valid"
    deceased: bool = False

    def is_reached_at(self, address: str) -> bool:
        """Tell whether a mail address is the one that the registry knows; capitals do not matter."""
        known = self.email.strip().casefold()
        return known != "" and known == address.strip().casefold()


def preview(record: RegistryRecord) -> dict[str, str]:
    """Return what may be shown to whoever typed the number: enough to know oneself, too little to know somebody else.

    Of each word its first letter, of a mail address its first letter and its domain; what is not known is left out.
    """
    said = {name: str(getattr(record, name)).strip() for name in _SHOWN}
    return {name: _mask_address(text) if name == "email" else _mask_words(text) for name, text in said.items() if text}


def is_eligible(record: RegistryRecord | None, eligibility: Eligibility | None, today: date) -> tuple[str, ...]:
    """Return the reasons that stand against somebody; none where they may have an account.

    Args:
        record: what the registry knows, None where it knows nobody of this number.
        eligibility: what the portal demands; whom nobody knows, and who has died, is refused whatever it says.
        today: the day in Ecuador, on which ages are reckoned.
    """
    if record is None:
        return ("not_registered",)
    demanded = eligibility or Eligibility()
    against = (
        ("deceased", record.deceased),
        ("identity_status", bool(demanded.identity_status) and record.identity_status not in demanded.identity_status),
        *_by_age(record.birth_date, demanded, today),
    )
    return tuple(reason for reason, holds in against if holds)


def _by_age(birth_date: date | None, demanded: Eligibility, today: date) -> tuple[tuple[str, bool], ...]:
    if demanded.min_age is None and demanded.below_age is None:
        return ()
    if birth_date is None:
        return (("age_unknown", True),)
    age = _age(birth_date, today)
    return (
        ("too_young", demanded.min_age is not None and age < demanded.min_age),
        ("too_old", demanded.below_age is not None and age >= demanded.below_age),
    )


def _age(birth_date: date, today: date) -> int:
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)  # of 29 February: on 1 March
    return today.year - birth_date.year - (not had_birthday)


def _mask_words(text: str) -> str:
    return " ".join(word[0] + "*" * max(len(word) - 1, 1) for word in text.split())


def _mask_address(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
