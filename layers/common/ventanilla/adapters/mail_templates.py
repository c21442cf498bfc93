"""Render the mails: one folder of three files per message and language, under ventanilla/messages."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from ventanilla.domain.wording import language, one_line

MESSAGES: Final = Path(__file__).resolve().parent.parent / "messages"
DEFAULT_COLOR: Final = "#0b3d6b"
LINE_LENGTH: Final = 72
SUBJECT_LENGTH: Final = 150
NAME_LENGTH: Final = 80

_HEX_COLOR: Final = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS_LIKE: Final = re.compile(r"://|@|www\.|\w\.\w{2}")
_LIST_MARK: Final = re.compile(r"\s*(?:\d+\.\s+)?")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """A mail as it is sent: the subject on one line, and the same text twice, plain and as HTML."""

    subject: str
    text: str
    html: str


class MailTemplates:
    """Renders messages by name; every variable is cleaned of control characters, and in HTML escaped."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the messages from a folder; by default from the package's own."""
        self._environment = Environment(
            loader=FileSystemLoader(folder or MESSAGES),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False, default_for_string=False),
            undefined=StrictUndefined,
            finalize=_cleaned,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(addressee=addressee, color=color, ink=ink)

    def render(self, name: str, locale: str, **variables: object) -> RenderedMail:
        """Render a message in the locale's language, or in Spanish where there is none for it.

        Raises:
            jinja2.UndefinedError: a variable that the message shows was not given.
            jinja2.TemplateNotFound: there is no such message.
        """
        spoken = language(locale)
        values = {**variables, "locale": spoken}

        def part(file: str) -> str:
            return self._environment.get_template(f"{name}/{spoken}/{file}").render(values)

        return RenderedMail(
            subject=_shortened(one_line(part("subject.txt")), SUBJECT_LENGTH),
            text=_wrapped(part("body.txt")),
            html=part("body.html").strip() + "\n",
        )


def addressee(name: str) -> str:
    """Return a name fit for a greeting, or nothing where it reads like an address.

    Anybody can register with somebody else's mail address: no name may carry an advertisement's link to them.
    """
    visible = one_line(name)
    return "" if _ADDRESS_LIKE.search(visible) else _shortened(visible, NAME_LENGTH)


def color(value: str | None) -> str:
    """Return the portal's colour as #rrggbb, or the default where it has none or it is something else."""
    return value if value and _HEX_COLOR.fullmatch(value) else DEFAULT_COLOR


def ink(background: str) -> str:
    """Return black or white, whichever reads better on the colour: at least 4.5:1 (WCAG 2.2, 1.4.3)."""
    red, green, blue = (_linear(int(background[at : at + 2], 16) / 255) for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # Both contrasts are equal, 4.58:1, where (luminance + 0.05)² = 1.05 × 0.05.
    return "#ffffff" if (luminance + 0.05) ** 2 < 1.05 * 0.05 else "#000000"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _cleaned(value: object) -> object:
    # Markup is what our own macros made; its variables were cleaned when they were put in.
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _wrapped(text: str) -> str:
    """Wrap each line by words; an address is never broken, and a list item's lines stand under its first word."""
    lines = (
        textwrap.fill(
            line,
            LINE_LENGTH,
            subsequent_indent=" " * len(mark[0]) if (mark := _LIST_MARK.match(line)) else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
