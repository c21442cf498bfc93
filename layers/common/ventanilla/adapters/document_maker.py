"""Documents made by typst: tagged and archival PDF (PDF/UA-1, PDF/A-2a), the same bytes for the same facts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typst

_STANDARDS: list[Any] = ["a-2a", "ua-1"]


class DocumentMaker:
    """Makes documents of the templates beside the portals' definitions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def make(self, template: str, facts: Mapping[str, Any], *, title: str, code: str, locale: str) -> bytes:
        """Return a document as PDF.

        Args:
            template: its file, as the definition names it (`seps/solicitud.typ`).
            facts: what it says; texts stay texts, whatever marks are in them. `made_at` is its date.
            title: its name, at its head and in the reader's title bar.
            code: what it is known by, in the footer of each page and among its keywords.
            locale: the language in which it is read aloud.
        """
        said = {"facts": facts, "title": title, "code": code, "locale": locale}
        made = self._compiler.compile(
            input=self._folder / template,
            format="pdf",
            sys_inputs={"document": json.dumps(said, ensure_ascii=False)},
            pdf_standards=_STANDARDS,
        )
        if not isinstance(made, bytes):
            raise TypeError("typst gave no single file")
        return made

    @cached_property
    def _compiler(self) -> typst.Compiler:
        """The compiler, which keeps the fonts that it brings; those of the machine would make other bytes elsewhere."""
        import typst  # 80 MB that one function alone has

        return typst.Compiler(root=self._folder, ignore_system_fonts=True)
