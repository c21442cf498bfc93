"""What must hold of a portal's definition beyond the form of its file; each mistake is a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from ventanilla.domain.openid_rules import client_mistakes
from ventanilla.domain.portals import APPLICANT, Channel, IdentifierKind, Portal
from ventanilla.domain.registry import REGISTRY_FIELDS, IdentityStatus

_LINK = timedelta(hours=24)
_REVIEWED_LINK = timedelta(hours=72)
_TEMPORARY_PASSWORD = timedelta(days=7)
_CODE = timedelta(minutes=10)
_REVIEWERS = ("reviewer", "platform_admin")
_STANDARD_LENGTH = 15
_CATEGORY = re.compile(r"[a-z0-9_-]{1,60}")
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
    yield from _documents(portal)
    yield from _categories(portal)
    yield from _conditions(portal)
    for status in portal.eligibility.identity_status if portal.eligibility else ():
        if status not in get_args(IdentityStatus):
            yield Mistake("eligibility.identity_status", f"{status} is none of {', '.join(get_args(IdentityStatus))}")
    yield from _clients(portal)
    yield from _password(portal)
    yield from _lifetimes(portal)
    if "identity_check" in portal.captcha and not any(one.begins_with_identity_check for one in portal.channels):
        yield Mistake("captcha", "no channel begins with the step identity_check, so nobody would be asked")
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
    if channel.reviewed_by and channel.reviewed_by not in _REVIEWERS:
        yield Mistake(f"{where}.reviewed_by", f"who reviews is a {' or '.join(_REVIEWERS)}")
    if channel.grants and channel.grants not in _paths(portal):
        yield Mistake(f"{where}.grants", f"no section has a field {channel.grants}")
    if channel.grants_role and channel.grants_role not in [role.id for role in portal.roles]:
        yield Mistake(f"{where}.grants_role", f"there is no role {channel.grants_role} among [[roles]]")
    if channel.activates:
        yield from _activation(channel, portal)
    if "documents" in channel.steps and not portal.documents:
        yield Mistake(f"{where}.steps", "there is a step documents, but the portal has no [[documents]]")
    if channel.credential == "form" and channel.steps[-2:] != ("form", "confirm"):
        yield Mistake(f"{where}.credential", "a password chosen in the form is confirmed right after the form")
    if not channel.identifiers:
        yield Mistake(f"{where}.identifiers", "a channel names the identifiers that it takes: cedula, ruc, passport")


def _activation(channel: Channel, portal: Portal) -> Iterator[Mistake]:
    where, section = f"channels.{channel.id}.activates", (channel.grants or "").partition(".")[0]
    if channel.reviewed_by is None or not channel.grants:
        yield Mistake(where, "a channel that activates an institution is reviewed, and grants by its RUC")
    for name in ("legal_name", "modality"):
        if channel.grants and f"{section}.{name}" not in _paths(portal):
            yield Mistake(where, f"no section has a field {section}.{name}, which the institution takes")


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
            if field.registry and field.name not in REGISTRY_FIELDS:
                yield Mistake(where, f"the registry can fill in {', '.join(REGISTRY_FIELDS)}, and no other field")


def _documents(portal: Portal) -> Iterator[Mistake]:
    yield from _repeated("documents", (document.id for document in portal.documents))
    fields = _paths(portal)
    for document in portal.documents:
        section, _, prefix = document.signer.partition(".")
        name = f"{prefix}_identifier" if prefix else "identifier"
        if document.signer != APPLICANT and f"{section}.{name}" not in fields:
            yield Mistake(
                f"documents.{document.id}.signer",
                f"is {APPLICANT}, or the form has a field {name} in section {section}",
            )


def _categories(portal: Portal) -> Iterator[Mistake]:
    yield from _repeated("categories", (category.id for category in portal.categories))
    if portal.categories and portal.mailbox is None:
        yield Mistake("categories", "are of a mailbox, and the portal has none")
    for category in portal.categories:
        if not _CATEGORY.fullmatch(category.id):
            yield Mistake(f"categories.{category.id}", "an id is up to 60 of a-z, 0-9, hyphen and underscore")


def _clients(portal: Portal) -> Iterator[Mistake]:
    yield from _repeated("clients", (client.id for client in portal.clients))
    for client in portal.clients:
        for where, message in client_mistakes(client, local_only=portal.local_only):
            yield Mistake(where, message)
    known = {client.id for client in portal.clients}
    for service in portal.services:
        if service.client is not None and service.client not in known:
            yield Mistake("services", f"{service.client} is none of the clients")


def _paths(portal: Portal) -> set[str]:
    return {f"{section.id}.{field.name}" for section in portal.sections for field in section.fields}


def _conditions(portal: Portal) -> Iterator[Mistake]:
    conditions = [(f"documents.{document.id}.when", document.when) for document in portal.documents]
    for section in portal.sections:
        conditions.append((f"sections.{section.id}.when", section.when))
        conditions += [(f"sections.{section.id}.{field.name}.when", field.when) for field in section.fields]
    facts = {
        "channel": [channel.id for channel in portal.channels],
        "identifier": list(get_args(IdentifierKind)),
        "action": ["access", "deactivation"],
        "roles": [role.id for role in portal.roles],
    }
    for where, condition in conditions:
        for name, values in condition.items():
            unknown = [value for value in values if value not in facts.get(name, values)]
            if name not in facts:
                yield Mistake(where, f"there is no fact {name}: a condition names {', '.join(facts)}")
            elif unknown:
                yield Mistake(where, f"{name} is never {', '.join(unknown)}: it may be {', '.join(facts[name])}")


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
