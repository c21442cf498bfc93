"""The shipped portals' accounts and sessions, as far as entering and administering need them."""

from __future__ import annotations

from typing import Any

from tests import fakes
from tests.conftest import ROOT
from tests.makers import make_cedula
from tests.usecases import conftest
from ventanilla.adapters.portal_files import PortalFiles
from ventanilla.domain.accounts import Account
from ventanilla.domain.sessions import CurrentSession, Session

PORTALS = ("ipsot", "demo", "ibarra", "staff")
FILES = PortalFiles(ROOT / "portals", PORTALS)
ANA, EVA = make_cedula(17, 1_234_567), make_cedula(17, 7_654)
PASSWORD = conftest.PASSWORD
ADDRESS = "198.51.100.7"


class World(fakes.World):
    """All fakes, and what these tests begin with."""

    def __init__(self) -> None:
        super().__init__(*map(FILES.get, PORTALS))

    @property
    def begun(self) -> dict[str, Session]:
        """The sessions by their public ids."""
        return {session.id: session for session in self.sessions.kept.values()}

    def account(self, portal: str = "staff", number: str = ANA, **changes: Any) -> Account:
        """An account that is there already; by default of the staff."""
        own = {"profile": {"full_name": "Ana Prueba"}} if portal == "staff" else {}
        return conftest.make_account(self, **{"portal": portal, "number": number, **own, **changes})

    def enter(self, account: Account, **changes: Any) -> CurrentSession:
        """The account's owner, who has entered."""
        return conftest.enter(self, account, **changes)

    def current(self, session: Session) -> CurrentSession:
        """The session as the next request finds it."""
        return conftest.current_of(self, session)
