"""What a definition says to its users: texts, contact, terms, roles, documents (shapes of `portals/*.toml`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Text = str | dict[str, str]
"""A text in one language, or by language (`es`, `en`)."""
Condition = dict[str, list[str]]
"""Where a field, section or document applies: the name of a fact, and the values that it may have."""
STRICT: dict[str, str] = {"extra": "forbid"}
"""How the loader reads each table of a definition: a key that nobody knows is a mistake, not a surprise."""


def say(text: Text | None, locale: str) -> str | None:
    """Return a text in the language asked for, else in Spanish, else in any."""
    if text is None or isinstance(text, str):
        return text
    return text.get(locale) or text.get("es") or next(iter(text.values()), None)


@dataclass(frozen=True, slots=True)
class Terms:
    """A text that the account's owner accepts, in one of its versions."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    title: Text
    version: str
    file: str


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of notification that the mailbox tells apart; letters keep its id."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class Office:
    """Where people are received."""

    __pydantic_config__: ClassVar[Any] = STRICT
    name: str
    address: str | None = None
    hours: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the portal's users turn to."""

    __pydantic_config__: ClassVar[Any] = STRICT
    unit: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    social: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """The page before the form, and what is said after it."""

    __pydantic_config__: ClassVar[Any] = STRICT
    title: Text | None = None
    description: Text | None = None
    audience: Text | None = None
    result: Text | None = None
    requirements: tuple[Text, ...] = ()
    steps: tuple[Text, ...] = ()
    after: Text | tuple[Text, ...] | None = None
    cost: Text | None = None
    availability: Text | None = None
    duties: tuple[Text, ...] = ()
    responsibles: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Faq:
    """A question that is often asked, and its answer."""

    __pydantic_config__: ClassVar[Any] = STRICT
    question: Text
    answer: Text


@dataclass(frozen=True, slots=True)
class Service:
    """A system that the account opens; `client` names the one of the portal's clients that it is."""

    __pydantic_config__: ClassVar[Any] = STRICT
    name: Text
    url: str | None = None
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """What an account may do in a scope, and how many accounts may hold it there."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    label: Text | None = None
    help: Text | None = None
    sector: str | None = None
    quota: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is made, signed and sent in."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    title: Text
    signer: str
    accept: tuple[Literal["electronic", "scan"], ...]
    template: str | None = None
    when: Condition = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A portal's own words in a mail."""

    __pydantic_config__: ClassVar[Any] = STRICT
    sender: str | None = None
    subject: Text | None = None
    button: Text | None = None
