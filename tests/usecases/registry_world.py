"""A registry that knows Ana, and the portal whose channel begins with the identity check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tests.fakes import World
from tests.makers import make_cedula, make_company_ruc
from ventanilla.adapters.portal_files import PortalFiles
from ventanilla.domain.portals import Portal
from ventanilla.domain.registry import RegistryRecord
from ventanilla.schemas.identity_checks import IdentityCheck, IdentityChecked
from ventanilla.usecases.identity_check import look_up

FILES = PortalFiles(Path(__file__).resolve().parents[2] / "portals", ("demo", "ibarra", "buzonec"))
IBARRA = FILES.get("ibarra")
OPEN = replace(IBARRA, captcha=())
"""The same without a captcha."""
NUMBER, COMPANY = make_cedula(10, 1_234_567), make_company_ruc(10, 1_234_567)
ADDRESS = "198.51.100.7"
ANA = RegistryRecord(
    "cedula",
    NUMBER,
    given_names="ANA LUCÍA",
    surnames="QUISHPE",
    email="ana@example.ec",
    birth_date=date(1990, 6, 15),
)


def make_world() -> World:
    """Ana is known to the registry."""
    world = World(IBARRA)
    world.registry.people[NUMBER] = ANA
    return world


def check(
    world: World, number: str = NUMBER, kind: str = "cedula", portal: Portal = OPEN, **said: Any
) -> IdentityChecked:
    """Ask for the identity check of a number."""
    wish = IdentityCheck.model_validate({"identifier": {"kind": kind, "number": number}, **said})
    return look_up(
        portal,
        wish,
        ADDRESS,
        captcha=world.captcha,
        slots=world.slots,
        counters=world.counters,
        registry=world.registry,
        clock=world.clock,
    )
