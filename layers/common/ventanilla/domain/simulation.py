"""How notifications fare that are only tried: they reach nobody, and their recipient's number plays a part."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ventanilla.domain.institutions import is_shadow
from ventanilla.domain.notifications import Fate, Recipient

SIMULATOR = "simulator"
"""Who stands in timelines as having done what was only played."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a notification fares: whether there is a mailbox, what becomes of the alert, and when it is opened.

    `opened_after` are seconds from the alert on; None where it never is.
    """

    has_mailbox: bool = True
    fates: tuple[tuple[Fate, str | None], ...] = (("sent", None), ("delivered", None))
    opened_after: int | None = None


_USUAL = Scenario()
RESERVED: dict[str, Scenario] = {
    "3000000012": Scenario(has_mailbox=False),
    "3000000020": Scenario(fates=(("sent", None), ("bounced", "permanent"))),
    "3000000038": Scenario(fates=(*_USUAL.fates, ("complained", None))),
    "3000000046": Scenario(opened_after=5),
    "3000000053": Scenario(opened_after=60),
}
"""Numbers of recipients, each a valid cédula, that play something else than the usual (docs/simulator.md)."""


def scenario_of(recipient: Recipient) -> Scenario:
    """Return how what is sent to somebody by a test key fares."""
    return RESERVED.get(recipient.number, _USUAL)


def mailbox_of(institution: str, recipient: Recipient) -> Recipient:
    """Return whose mailbox a letter lies in: its recipient's, or one that nobody has, apart for each shadow."""
    if not is_shadow(institution):
        return recipient
    return replace(recipient, portal=f"{institution}/{recipient.portal}")  # no portal's id has a slash
