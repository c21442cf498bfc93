"""What the look-up of a recipient takes and gives."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from ventanilla.schemas.base import Schema
from ventanilla.schemas.fields import IdentifierIn
from ventanilla.schemas.notifications import LONGEST_PORTAL


class LookedUp(IdentifierIn):
    """Whose mailbox, and on which portal."""

    portal: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PORTAL)]


class RecipientFound(Schema):
    """Whether the recipient's mailbox is open; nothing else is told of anybody."""

    registered: bool
