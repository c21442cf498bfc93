"""What was taken back before it became available was never in the mailbox, and its recipient is told nothing of it."""

from datetime import timedelta

from tests.flows.town import HOUR, expect, problem


def test_what_was_taken_back_before_its_hour_is_not_found(town):
    from ventanilla.wiring import services

    citizen = town.settler()
    later = (services().clock.now() + timedelta(seconds=HOUR)).isoformat()
    letter = town.notify(citizen, available_from=later)["id"]
    expect(town.sender.cancel(letter), 200)
    for answer in _asked(citizen, letter):
        problem(answer, 404, "not-found")


def test_what_was_taken_back_while_it_waited_for_the_account_is_not_found(town):
    person = town.person()
    letter = town.notify(person)["id"]
    expect(town.sender.cancel(letter), 200)
    expect(person.register(), 202)
    person.confirm()
    person.enter()
    for answer in _asked(person, letter):
        problem(answer, 404, "not-found")


def _asked(citizen, letter):
    path = f"/v1/inbox/{letter}"
    read = [citizen.call("GET", f"{path}{part}") for part in ("", "/deadline", "/attachments/x")]
    return [citizen.open(letter), *read]
