"""Choosing questions: as many as asked for, of the list, with answers that say something."""

import pytest

from tests.usecases.staff_world import ANA, FILES, PASSWORD, World
from ventanilla.domain.errors import InvalidCredentials, NotFound, Refused
from ventanilla.schemas.second_factor import AnswersGiven
from ventanilla.usecases.security_questions import choose_questions

THREE = (("first_pet", "Canela"), ("first_job", "El Mercado Amazonas"), ("first_trip", "Loja"))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def choose(world):
    def choose(current, answers=THREE, **said):
        given = [{"question": question, "answer": answer} for question, answer in answers]
        return choose_questions(
            AnswersGiven.model_validate({"answers": given, **said}),
            world.current(current.session),
            portals=FILES,
            accounts=world.accounts,
            sessions=world.sessions,
            hasher=world.hasher,
            clock=world.clock,
        )

    return choose


@pytest.fixture
def newcomer(world):
    return world.enter(world.account("ibarra", todo=("security_questions",)))


def faults(raised):
    return [(one.field, one.code) for one in raised.value.errors]


def test_the_step_of_the_first_entry_is_taken(world, newcomer, choose):
    assert choose(newcomer).pending == ["accept_terms"]
    assert world.accounts.kept["ibarra", ANA].todo == ()


def test_only_hashes_of_what_counts_of_the_answers_are_kept(world, newcomer, choose):
    choose(newcomer)
    assert world.accounts.kept["ibarra", ANA].security_answers == {
        "first_pet": "hash:canela",
        "first_job": "hash:elmercadoamazonas",
        "first_trip": "hash:loja",
    }


@pytest.mark.parametrize(
    "answers", [THREE[:2], (*THREE, ("first_book", "El Quijote")), (*THREE[:2], ("first_pet", "Otra")), ()]
)
def test_exactly_as_many_different_ones_as_asked_for(newcomer, choose, answers):
    with pytest.raises(Refused) as raised:
        choose(newcomer, answers)
    assert ("answers", "questions_exact") in faults(raised)


def test_each_of_the_list(newcomer, choose):
    with pytest.raises(Refused) as raised:
        choose(newcomer, (*THREE[:2], ("mothers_name", "Rosa")))
    assert faults(raised) == [("answers.2.question", "question")]


@pytest.mark.parametrize("answer", ["ab", " a . b ", "¿¿¿???", "🦙🦙🦙"])
def test_each_with_an_answer_that_says_something(newcomer, choose, answer):
    with pytest.raises(Refused) as raised:
        choose(newcomer, (*THREE[:2], ("first_trip", answer)))
    assert faults(raised) == [("answers.2.answer", "answer_short")]


def test_a_later_change_demands_the_password(world, newcomer, choose):
    choose(newcomer)
    others = (("first_book", "El Quijote"), *THREE[:2])
    with pytest.raises(Refused) as raised:
        choose(newcomer, others)
    assert faults(raised) == [("current_password", "missing")]
    with pytest.raises(InvalidCredentials):
        choose(newcomer, others, current_password="another password")
    choose(newcomer, others, current_password=PASSWORD)
    assert set(world.accounts.kept["ibarra", ANA].security_answers) == {"first_book", "first_pet", "first_job"}


def test_a_portal_that_asks_none_takes_none(world, choose):
    with pytest.raises(NotFound):
        choose(world.enter(world.account("demo")))
