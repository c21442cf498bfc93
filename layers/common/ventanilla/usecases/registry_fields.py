"""What the registry adds to a form, where a channel begins with the identity check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from ventanilla.domain.errors import NotEligible
from ventanilla.domain.portals import Channel, Portal, applies, facts_of
from ventanilla.domain.registry import REGISTRY_FIELDS, RegistryRecord, is_eligible
from ventanilla.domain.wording import local_day
from ventanilla.schemas.registration import Form
from ventanilla.usecases.lookups import count_lookup, heed_wait
from ventanilla.usecases.ports import Clock, Counters, IdentityRegistry


def with_registry(
    form: Form,
    portal: Portal,
    channel: Channel,
    address: str,
    *,
    registry: IdentityRegistry,
    counters: Counters,
    clock: Clock,
) -> Form:
    """Return the form, and what it leaves to the registry, if what is mailed will reach whom the registry knows.

    To any other address nothing is added: whoever types a stranger's number must learn nothing. The registry is asked
    only where the channel begins with the identity check. `address` is the network address that asks: too many refusals
    make it wait.

    Raises:
        NotEligible: the registry does not know the number, or what it knows stands against an account.
        TooManyAttempts: the network address has to wait.
        RegistryDown: the registry does not answer.
    """
    if not channel.begins_with_identity_check or form.identifier is None:
        return form
    heed_wait(address, counters=counters, clock=clock)
    record = registry.find(form.identifier)
    reasons = is_eligible(record, portal.eligibility, local_day(clock.now()))
    if record is None or reasons:
        count_lookup(address, counters=counters, clock=clock)
        raise NotEligible(reasons)
    return _filled(form, portal, channel, record) if record.is_reached_at(form.email or "") else form


def _filled(form: Form, portal: Portal, channel: Channel, record: RegistryRecord) -> Form:
    facts = facts_of(channel, record.kind, form.sections)
    fields = [field for field in portal.applicant_fields(channel, facts) if applies(field.when, facts)]
    known = {field.name: _known(record, field.name) for field in fields if field.registry}
    profile = {**{name: value for name, value in known.items() if value}, **form.profile}
    return replace(form, profile={field.name: profile[field.name] for field in fields if field.name in profile})


def _known(record: RegistryRecord, name: str) -> Any:
    value = getattr(record, name) if name in REGISTRY_FIELDS else None
    return value.isoformat() if isinstance(value, date) else value
