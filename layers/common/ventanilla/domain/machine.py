"""The one application machine: an application walks its channel, and its state is the step that it waits for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from ventanilla.domain.accounts import Application, ApplicationState
from ventanilla.domain.grants import Grant
from ventanilla.domain.portal_texts import Document
from ventanilla.domain.portals import FORMER_USER, Channel, Facts, Portal, Step, facts_of

ENDED: tuple[ApplicationState, ...] = ("rejected", "refused", "done")


def facts(portal: Portal, application: Application) -> Facts:
    """Return what is known of an application."""
    return facts_of(portal.channel_of(application.channel), application.kind, application.sections)


def has_applicant(portal: Portal, application: Application) -> bool:
    """Tell whether somebody asks for an account or a role; else roles are only given up."""
    return bool(portal.applicant_fields(portal.channel_of(application.channel), facts(portal, application)))


def entered(
    application: Application, state: ApplicationState, *, at: datetime, by: str, reason: str | None = None
) -> Application:
    """Return the application in a new state, with its history."""
    moment = {"state": state, "at": at.isoformat(), "by": by, **({"reason": reason} if reason else {})}
    return replace(application, state=state, history=(*application.history, moment))


def done(application: Application, at: datetime) -> Application:
    """Return the application once its account is open; the password belongs to the account from now on."""
    return entered(replace(application, password_hash=None), "done", at=at, by="applicant")


def next_state(portal: Portal, application: Application) -> ApplicationState:
    """Return the state that follows the step that the application waits for; nothing is confirmed for nobody."""
    channel = portal.channel_of(application.channel)
    following = channel.after(cast("Step", application.state))
    if following is None or (following == "confirm" and not has_applicant(portal, application)):
        return "done"
    return cast("ApplicationState", following)


def documents_due(portal: Portal, application: Application) -> tuple[Document, ...]:
    """Return the documents that the application has to send in."""
    channel = portal.channel_of(application.channel)
    return portal.documents_of(channel, facts(portal, application))


def missing_documents(portal: Portal, application: Application) -> tuple[str, ...]:
    """Return the kinds that have not been sent in yet."""
    due = documents_due(portal, application)
    return tuple(document.id for document in due if document.id not in application.documents)


def signer_of(application: Application, signer: str) -> str | None:
    """Return the number of whom a definition's signer path names: `applicant`, `section`, `section.prefix`."""
    if signer == "applicant":
        return application.number
    section, _, prefix = signer.partition(".")
    identifier = application.sections.get(section, {}).get(f"{prefix}_identifier" if prefix else "identifier")
    return str(identifier["number"]) if isinstance(identifier, dict) else None


def scope_of(channel: Channel, application: Application) -> str | None:
    """Return the scope that a channel's grants have, by the definition's path such as `organization.ruc`."""
    section, _, name = (channel.grants or "").partition(".")
    scope = application.sections.get(section, {}).get(name)
    return str(scope) if scope else None


def wanted(portal: Portal, application: Application) -> tuple[tuple[Grant, ...], tuple[Grant, ...]]:
    """Return the grants that an application asks for, and those that it asks to end."""
    channel = portal.channel_of(application.channel)
    scope = scope_of(channel, application)
    if scope is None:
        return application.grants, ()
    if channel.grants_role:
        return (Grant(channel.grants_role, scope),), ()
    roles = [one for section in application.sections.values() for one in _roles(section)]
    given = dict.fromkeys(Grant(one["role"], scope) for one in roles if one["action"] == "access")
    taken = dict.fromkeys(Grant(one["role"], scope) for one in roles if one["action"] == "deactivation")
    return tuple(given), tuple(taken)


def former_user(application: Application) -> str | None:
    """Return the number of the user whose place is given up."""
    return signer_of(application, FORMER_USER)


def _roles(section: object) -> list[dict[str, str]]:
    roles = section.get("roles") if isinstance(section, dict) else None
    return roles if isinstance(roles, list) else []


def first_state(channel: Channel) -> ApplicationState:
    """Return the state of an application whose form has just come in."""
    return cast("ApplicationState", channel.first_waiting or "confirm")


def confirmable(application: Application, link_expires_at: datetime) -> Application:
    """Return the application with a fresh link, now that it waits for its confirmation."""
    return replace(application, link=application.link + 1, tries=0, link_expires_at=link_expires_at)
