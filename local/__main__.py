"""`make run`: the site on one machine, until Ctrl-C.

Variables: PORT (8000; the sample service takes the next one), STORE (moto|dynoxide), RUNTIME (inproc|ric), BUILD (with
ric: the folder of a build; empty for the sources), LOCAL_DIR (.local: where files are kept), DEBUG (any value: a line
for each request, and the functions' own logs).
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from threading import Event
from typing import NoReturn, cast

from local.cfn import TemplateError
from local.demo import DemoFailed
from local.dynoxide import DynoxideMissing
from local.site import ROOT, CannotStart, Local, RuntimeName, Store
from local.stack import TableDiffers


def main() -> int:
    """Run the site; return the exit status."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("local").setLevel(logging.DEBUG if os.environ.get("DEBUG") else logging.WARNING)
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "INFO" if os.environ.get("DEBUG") else "WARNING")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        with _site() as site:
            sys.stdout.write(describe(site))
            sys.stdout.flush()
            try:
                Event().wait()
            finally:
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)  # it is stopping already
    except KeyboardInterrupt:
        return 0
    except (CannotStart, DemoFailed, DynoxideMissing, TableDiffers, TemplateError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _site() -> Local:
    store, runtime = os.environ.get("STORE") or "moto", os.environ.get("RUNTIME") or "inproc"
    port = os.environ.get("PORT") or "8000"
    if store not in ("moto", "dynoxide"):
        raise CannotStart(f"STORE is moto or dynoxide, not {store}")
    if runtime not in ("inproc", "ric"):
        raise CannotStart(f"RUNTIME is inproc or ric, not {runtime}")
    if not port.isdecimal() or not 0 <= int(port) < 65_535:
        raise CannotStart(f"PORT is a number below 65535, not {port}")
    build = os.environ.get("BUILD", str(ROOT / ".aws-sam" / "local")) if runtime == "ric" else ""
    folder = Path(build).resolve() if build and (Path(build) / "template.yaml").exists() else None
    return Local(
        store=cast(Store, store),
        runtime=cast(RuntimeName, runtime),
        port=int(port),
        sample_port=int(port) + 1 if int(port) else 0,
        data_dir=Path(os.environ.get("LOCAL_DIR") or ROOT / ".local"),
        build=folder,
    )


def describe(site: Local) -> str:
    """Tell what runs where, and how to come in."""
    citizen, institution = site.demo["citizen"], site.demo["institution"]
    kept = (
        f"kept in {_short(site.data_dir)}/ (STORE=dynoxide)"
        if site.store == "dynoxide"
        else ("in memory, gone when this ends (STORE=dynoxide keeps it)")
    )
    runtime = (
        "one process, one call at a time"
        if site.runtime == "inproc"
        else (f"processes of their own (awslambdaric), from {_short(site.build) if site.build else 'the sources'}")
    )
    rows = [
        ("Ventanilla", site.base_url),
        ("Documentation", f"{site.base_url}/docs"),
        ("Mails sent", f"{site.base_url}/outbox"),
        ("Sample service", f"{site.sample_url}: signs its users in here, by OpenID Connect, at portal demo"),
        ("Citizen", f"portal {citizen['portal']}, identifier {citizen['identifier']}, {citizen['email']}"),
        ("  password", citizen["password"]),
        ("Institution", f"{institution['id']}, key {institution['key_id']}"),
        ("Staff", f"{', '.join(site.demo['staff'])}: one person each, with a second factor"),
        ("Secrets", f"{_short(site.data_dir)}/demo.json: all of the above, private key and second factors too"),
        ("Other processes", f"{_short(site.data_dir)}/env.json: the environment that reaches the same stores"),
        ("State", kept),
        ("Functions", runtime),
    ]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows) + "Ctrl-C ends it.\n"


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
