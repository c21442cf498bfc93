"""Which mails applications owe."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ventanilla.domain import machine
from ventanilla.domain.accounts import Application, full_name
from ventanilla.domain.errors import NotFound
from ventanilla.domain.identifiers import mask
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portal_texts import say
from ventanilla.domain.portals import Channel, Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.domain.wording import duration
from ventanilla.usecases.desk import Desk
from ventanilla.usecases.verify import CONFIRM


def registration(item: OutboxItem, desk: Desk) -> bool:
    """Mail the confirmation; or, where the number has an account, tell its owner."""
    application = _application(item, desk)
    if application is None:
        return False
    portal = desk.portals.get(application.portal)
    account = desk.accounts.get(application.portal, application.number)
    recovers = portal.assurance(portal.channel_of(application.channel)) == "proven"
    if account is None or recovers:
        return confirmation(application, item, desk)
    if not desk.slots.may_mail("already_registered", account.email, item.id, desk.clock.now()):
        return False
    desk.write_to(account, "already_registered", sign_in=desk.sign_in(portal), reset=f"{desk.base_url}/reset")
    return True


def confirmation(application: Application, item: OutboxItem, desk: Desk) -> bool:
    """Mail what confirms an application: the same while it lives, something new when it has died."""
    now = desk.clock.now()
    if application.state != "confirm" or now >= application.expires_at:  # the TTL tidies up late
        return False
    if not desk.slots.may_mail(CONFIRM, application.email, item.id, now):
        return False
    portal = desk.portals.get(application.portal)
    living: Application | None = application
    if not application.link_lives(now):
        expires_at = min(now + portal.lifetimes.confirm, application.expires_at)
        living = desk.applications.renew_link(application, expires_at)
    if living is None:
        return False
    channel = portal.channel_of(living.channel)
    name = _message(channel, portal)
    variables = _variables(name, living, portal, channel, desk)
    recipient_name = full_name(living.profile)
    desk.send(name, portal, living.email, living.locale, recipient_name=recipient_name, **variables)
    return True


def rejected(item: OutboxItem, desk: Desk) -> bool:
    """Tell applicant, organisation or representative that a request was not approved, and why."""
    application = _application(item, desk)
    if application is None:
        return False
    portal, locale = desk.portals.get(application.portal), application.locale
    reason = next((one["reason"] for one in reversed(application.history) if "reason" in one), "")
    concerned = _concerned(application, portal, locale)
    name = full_name(application.profile) if item.about["to"] == application.email else ""
    desk.send("rejected", portal, item.about["to"], locale, recipient_name=name, reason=reason, **concerned)
    return True


def roles_given(item: OutboxItem, desk: Desk) -> bool:
    """Tell somebody who has an account already which roles it holds now."""
    application = _application(item, desk)
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if application is None or account is None:
        return False
    portal = desk.portals.get(account.portal)
    concerned = _concerned(application, portal, account.locale, _given(application, portal))
    desk.write_to(account, "roles_given", sign_in=desk.sign_in(portal), **concerned)
    return True


def roles_ended(item: OutboxItem, desk: Desk) -> bool:
    """Tell a former user which roles the account no longer holds."""
    application = _application(item, desk)
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if application is None or account is None:
        return False
    portal = desk.portals.get(account.portal)
    desk.write_to(
        account, "roles_ended", **_concerned(application, portal, account.locale, item.about["roles"].split(","))
    )
    return True


def roles_removed(item: OutboxItem, desk: Desk) -> bool:
    """Tell who asked for roles to be given up that it is done."""
    application = _application(item, desk)
    if application is None:
        return False
    portal, locale = desk.portals.get(application.portal), application.locale
    concerned = _concerned(application, portal, locale)
    desk.send("roles_removed_done", portal, item.about["to"], locale, recipient_name="", **concerned)
    return True


def _application(item: OutboxItem, desk: Desk) -> Application | None:
    return desk.applications.get(item.about["slot"], item.about["application"])


def _message(channel: Channel, portal: Portal) -> str:
    if channel.credential == "temporary":
        return "temporary_password"
    if "review" in channel.steps:
        return "approved"
    if channel.by == "agent":
        return "in_person"
    if channel.by == "operator":
        return "invitation"
    return "certificate" if portal.assurance(channel) == "proven" else "confirm"


def _variables(name: str, application: Application, portal: Portal, channel: Channel, desk: Desk) -> dict[str, Any]:
    now = desk.clock.now()
    token = OneTimeToken(CONFIRM, application.slot, application.token_id)
    expires = duration(application.link_expires_at - now, application.locale)
    if name == "temporary_password":
        return {
            "user": application.number,
            "password": desk.keys.keyring(now).temporary_password(token),
            "expires": expires,
            "sign_in": desk.sign_in(portal),
            **desk.own_words(name, portal, application.locale),
        }
    link = {"link": desk.link("verify", token), "expires": expires}
    if name == "approved":
        return {**link, **_concerned(application, portal, application.locale, _given(application, portal))}
    if name == "confirm":
        return {
            **link,
            "identifier": mask(application.number),
            "password_again": channel.credential == "form",
        }
    if name == "invitation":
        return {
            **link,
            "identifier": mask(application.number),
            **_concerned(application, portal, application.locale),
            "organization": _institutions(application, desk),
        }
    return {**link, "identifier": mask(application.number)}


def _institutions(application: Application, desk: Desk) -> str:
    """Return the institutions for whose portals somebody is invited."""
    names: list[str] = []
    for grant in application.grants:
        with suppress(NotFound):  # a RUC, or the whole platform
            names.append(desk.portals.get(grant.scope).institution)
    return "; ".join(dict.fromkeys(names))


def _given(application: Application, portal: Portal) -> list[str]:
    return [grant.role for grant in machine.wanted(portal, application)[0]]


def _concerned(
    application: Application, portal: Portal, locale: str, roles: Iterable[str] | None = None
) -> dict[str, Any]:
    """Return which roles are spoken of, all those of the application if not said, and in which organisation."""
    if roles is None:
        given, taken = machine.wanted(portal, application)
        roles = [grant.role for grant in (*given, *taken)]
    return {
        "roles": [say(portal.role(role).label, locale) or role for role in dict.fromkeys(roles)],
        "organization": str(application.sections.get("organization", {}).get("legal_name", "")),
    }
