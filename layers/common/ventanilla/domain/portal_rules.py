"""What must hold of a portal's definition beyond the form of its file; each mistake is a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ventanilla.domain.portals import APPLICANT, Channel, Portal

_LINK = timedelta(hours=24)
_REVIEWED_LINK = timedelta(hours=72)
_TEMPORARY_PASSWORD = timedelta(days=7)
_CODE = timedelta(minutes=10)
_STANDARD_LENGTH = 15
_LENGTH_WITH_SECOND_FACTOR = 8


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, at which place of the definition; a warning does not keep it from being used."""

    where: str
    message: str
    severity: Literal["error", "warning"] = "error"
    line: int | None = None


def mistakes(portal: Portal) -> Iterator[Mistake]:
    """Return what is wrong with a definition whose form is right."""
    yield from _repeated("channels", (channel.id for channel in portal.channels))
    yield from _repeated("sections", (section.id for section in portal.sections))
    yield from _repeated("terms", (terms.id for terms in portal.terms))
    if not portal.channels:
        yield Mistake("channels", "a portal needs at least one channel to an account")
    for channel in portal.channels:
        yield from _channel(channel, portal)
    yield from _sections(portal)
    yield from _password(portal)
    yield from _lifetimes(portal)
    if portal.mailbox and not any(portal.opens_mailbox(portal.assurance(channel)) for channel in portal.channels):
        yield Mistake("mailbox.assurance", "no channel proves as much as the mailbox demands, so it would never open")


def _channel(channel: Channel, portal: Portal) -> Iterator[Mistake]:
    where = f"channels.{channel.id}"
    yield from _repeated(f"{where}.steps", channel.steps)
    if "form" not in channel.steps or channel.steps[-1] != "confirm":
        yield Mistake(f"{where}.steps", "a channel has the step form, and ends with the step confirm")
        return
    if not set(channel.steps[: channel.steps.index("form")]) <= {"identity_check"}:
        yield Mistake(f"{where}.steps", "only identity_check may come before the form")
    if ("review" in channel.steps) != (channel.reviewed_by is not None):
        yield Mistake(
            f"{where}.reviewed_by", "a channel has a step review where reviewed_by names who reviews, and only there"
        )
    if "documents" in channel.steps and not portal.documents:
        yield Mistake(f"{where}.steps", "there is a step documents, but the portal has no [[documents]]")
    if channel.credential == "form" and channel.steps[-2:] != ("form", "confirm"):
        yield Mistake(f"{where}.credential", "a password chosen in the form is confirmed right after the form")
    if not channel.identifiers:
        yield Mistake(f"{where}.identifiers", "a channel names the identifiers that it takes: cedula, ruc, passport")


def _sections(portal: Portal) -> Iterator[Mistake]:
    for channel in portal.channels:
        fields = portal.applicant_fields(channel)
        where = f"sections.{APPLICANT}"
        if len([field for field in fields if field.kind == "email"]) != 1:
            yield Mistake(where, f"the applicant of channel {channel.id} has exactly one field of kind email")
        if len([field for field in fields if field.kind == "identifier"]) != 1:
            yield Mistake(where, f"the applicant of channel {channel.id} has one field of kind identifier at most")
        if not any(field.kind == "email" and field.name == "email" for field in fields):
            yield Mistake(where, "the applicant's field of kind email is named email")
    for section in portal.sections:
        yield from _repeated(f"sections.{section.id}.fields", (field.name for field in section.fields))
        for field in section.fields:
            where = f"sections.{section.id}.{field.name}"
            if field.kind == "choice" and not field.choices:
                yield Mistake(where, "a field of kind choice names its choices")
            if field.kind == "organization" and not field.catalogue:
                yield Mistake(where, "a field of kind organization names its catalogue")
            if field.kind == "roles" and not portal.roles:
                yield Mistake(where, "a field of kind roles needs [[roles]]")


def _password(portal: Portal) -> Iterator[Mistake]:
    policy = portal.password
    least = _LENGTH_WITH_SECOND_FACTOR if portal.second_factor else _STANDARD_LENGTH
    if policy.min_length < least and not policy.legacy:
        yield Mistake(
            "password.min_length", f"today's standards demand {least}; say why in `legacy` if it must be less"
        )
    if policy.min_length < least and policy.legacy:
        yield Mistake(
            "password.min_length", f"{policy.min_length} is below today's standards ({policy.legacy})", "warning"
        )
    if policy.max_length < max(policy.min_length, 64) and not policy.legacy:
        yield Mistake("password.max_length", "passwords of 64 characters must be possible")


def _lifetimes(portal: Portal) -> Iterator[Mistake]:
    lifetimes = portal.lifetimes
    reviewed = any("review" in channel.steps or channel.by == "operator" for channel in portal.channels)
    temporary = any(channel.credential == "temporary" for channel in portal.channels)
    longest = _TEMPORARY_PASSWORD if temporary else _REVIEWED_LINK if reviewed else _LINK
    if lifetimes.confirm > longest:
        yield Mistake("lifetimes.confirm", f"what is mailed may live {_hours(longest)} at most here")
    longest_reset = _CODE if portal.reset.method == "code" else _LINK
    if lifetimes.reset > longest_reset:
        yield Mistake("lifetimes.reset", f"what is mailed may live {_hours(longest_reset)} at most here")
    for name in ("application", "confirm", "reset", "session", "session_idle"):
        if getattr(lifetimes, name) <= timedelta(0):
            yield Mistake(f"lifetimes.{name}", "a lifetime is longer than nothing")


def _repeated(where: str, names: Iterable[str]) -> Iterator[Mistake]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Mistake(where, f"{name} stands there {times} times")


def _hours(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:g} hours" if hours >= 1 else f"{hours * 60:g} minutes"
