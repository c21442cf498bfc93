"""Lists of security questions, and what `portal check` says of them."""

import pytest

from ventanilla.adapters.portal_files import check, load

PORTAL = """
id = "club"
name = "Club"
institution = "Club"

[security_questions]
ask = {ask}
file = "club/questions.toml"

[[channels]]
id = "self"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "form"

[[sections]]
id = "applicant"
fields = [{{ name = "email", kind = "email", label = "Correo" }}]
"""
LIST = """
[[questions]]
id = "pet"
text = { es = "¿Mascota?", en = "Pet?" }

[[questions]]
id = "book"
text = "¿Libro?"
"""


@pytest.fixture
def said(tmp_path):
    """What is wrong with a definition and its list."""

    def said(questions=LIST, ask=2):
        (tmp_path / "club").mkdir(exist_ok=True)
        if questions is not None:
            (tmp_path / "club" / "questions.toml").write_text(questions, encoding="utf-8")
        file = tmp_path / "club.toml"
        file.write_text(PORTAL.format(ask=ask), encoding="utf-8")
        return [(mistake.where, mistake.message, mistake.line) for mistake in check(file)]

    return said


def test_a_list_that_fits_is_right(said, tmp_path):
    assert said() == []
    asked = load(tmp_path / "club.toml").security_questions
    assert asked is not None
    assert asked.ask == 2


def test_a_missing_list_is_named(said):
    assert said(None) == [("security_questions.file", "there is no file questions.toml", 8)]


@pytest.mark.parametrize(
    "questions", ["", "questions = 1", "[[questions]]\nid = 'x'", "not toml", LIST.replace("text", "words", 1)]
)
def test_what_is_no_list_is_said(said, questions):
    [(where, message, line)] = said(questions)
    assert (where, line) == ("security_questions.file", 8)
    assert "is no list of [[questions]]" in message


def test_an_id_twice_is_said(said):
    assert said(LIST.replace('"book"', '"pet"'))[0][1] == "questions.toml has an id twice"


@pytest.mark.parametrize("ask", [0, 3, -1])
def test_more_questions_than_there_are_or_none_is_said(said, ask):
    [(where, message, line)] = said(ask=ask)
    assert (where, line) == ("security_questions.ask", 7)
    assert message == "must be between 1 and the 2 questions of questions.toml"
