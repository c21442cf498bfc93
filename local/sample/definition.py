"""The sample service's entry among the clients of `demo`, made true for this site: its port, and a key of its own.

The file portals/demo.toml names the address that it has where PORT is 8000, and a key whose private half nobody has.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

PORTAL, CLIENT = "demo", "muestra"
ADDRESS = "http://127.0.0.1:8001"
"""What stands in the file."""


def copy_portals(portals: Path, to: Path, *, url: str, key: ECKey) -> Path:
    """Copy the definitions, with the service's address and public key in that of `demo`; return the copy's folder."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(portals, to)
    path = to / f"{PORTAL}.toml"
    path.write_text(adapted(path.read_text(encoding="utf-8"), url=url, key=key), encoding="utf-8")
    return to


def adapted(definition: str, *, url: str, key: ECKey) -> str:
    """Return a definition with another address and key; it stays the text that it is, comments and all."""
    registered: dict[str, Any] = next(
        client for client in tomllib.loads(definition)["clients"] if client["id"] == CLIENT
    )
    public = key.as_dict(private=False)
    for coordinate in ("x", "y"):
        definition = definition.replace(registered["jwk"][coordinate], str(public[coordinate]))
    return definition.replace(ADDRESS, url)
