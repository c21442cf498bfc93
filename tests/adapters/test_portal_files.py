"""Portal definitions on disk: read at run time, checked when tests run, each mistake with its line."""

from pathlib import Path

import pytest

from tests.conftest import OFFICE, ROOT
from ventanilla.adapters.portal_files import PortalFiles, check, load
from ventanilla.domain.errors import NotFound

SMALL = """\
id = "small"
name = "Portal pequeño"
institution = "Institución"

[[channels]]
id = "self"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "form"

[[sections]]
id = "applicant"
fields = [
  { name = "given_names", kind = "person_name", label = "Nombres" },
  { name = "email", kind = "email", label = "Correo" },
]
"""


@pytest.fixture
def checked(tmp_path):
    def checked(text, name="small"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return [(one.line, one.where, one.message) for one in check(path)]

    return checked


@pytest.mark.parametrize("path", sorted((ROOT / "portals").glob("[!c]*.toml")), ids=lambda path: path.stem)
def test_the_portals_of_the_repository_have_no_mistakes(path):
    assert [mistake for mistake in check(path) if mistake.severity == "error"] == []


def test_a_small_portal_is_some_twenty_lines(checked):
    assert checked(SMALL) == []


def test_the_made_up_portal_of_these_tests_is_sound(portals_dir):
    assert check(portals_dir / "office.toml") == []


class TestMistakes:
    """`change` turns the small portal into a broken one."""

    @pytest.mark.parametrize(
        ("change", "line", "where", "message"),
        [
            pytest.param(('name = "Portal pequeño"', ""), None, "name", "is missing", id="missing"),
            pytest.param(
                ('credential = "form"', ""), 5, "channels.0.credential", "is missing", id="missing in a table"
            ),
            pytest.param(
                (', label = "Correo"', ""), 15, "sections.0.fields.1.label", "is missing", id="missing in a field"
            ),
            pytest.param(
                ('name = "Portal', 'tagine = "x"\nname = "Portal'),
                2,
                "tagine",
                "is no key of this table; is it misspelt?",
                id="misspelt",
            ),
            pytest.param(
                ('credential = "form"', 'credential = "from"'),
                9,
                "channels.0.credential",
                "must be 'form', 'temporary' or 'link'",
                id="unknown word",
            ),
            pytest.param(('name = "Portal pequeño"', "name = 7"), 2, "name", "must be a text", id="no text"),
            pytest.param(
                ('institution = "Institución"', 'institution = "I"\ncheck_data = "sometimes"'),
                4,
                "check_data",
                "must be true or false",
                id="no yes or no",
            ),
            pytest.param(
                ('identifiers = ["cedula"]', 'identifiers = "cedula"'),
                7,
                "channels.0.identifiers",
                "must be a list",
                id="no list",
            ),
            pytest.param(
                ("[[channels]]", '[contact]\nemail = "a@example.ec"\nfax = "1"\n\n[[channels]]'),
                7,
                "contact.fax",
                "is no key of this table; is it misspelt?",
                id="misspelt in a table",
            ),
            pytest.param(
                ("[[channels]]", '[lifetimes]\nconfirm = "24 hours"\n\n[[channels]]'),
                6,
                "lifetimes.confirm",
                "must be an ISO 8601 duration such as PT24H or P7D",
                id="no duration",
            ),
            pytest.param(
                ("[[channels]]", "[password]\nmin_length = 15.5\n\n[[channels]]"),
                6,
                "password.min_length",
                "must be a whole number",
                id="no whole number",
            ),
            pytest.param(
                ('kind = "email"', 'kind = "e-mail"'),
                15,
                "sections.0.fields.1.kind",
                "must be 'identifier', 'person_name', 'email', 'phone', 'ruc', 'organization', 'choice', 'yes_no', 'text', 'roles' or 'date'",
                id="unknown kind in the second of two fields",
            ),
            pytest.param(
                ('label = "Correo"', 'label = "Correo", hlep = "x"'),
                15,
                "sections.0.fields.1.hlep",
                "is no key of this table; is it misspelt?",
                id="misspelt in a field",
            ),
            pytest.param(
                ('steps = ["form", "confirm"]', 'steps = ["form"]'),
                8,
                "channels.self.steps",
                "a channel has the step form, and ends with the step confirm",
                id="rule of a channel",
            ),
            pytest.param(
                ('name = "given_names", kind = "person_name"', 'name = "unit", kind = "choice"'),
                14,
                "sections.applicant.unit",
                "a field of kind choice names its choices",
                id="rule of a field",
            ),
            pytest.param(
                ("[[channels]]", '[mailbox]\nassurance = "proven"\n\n[[channels]]'),
                6,
                "mailbox.assurance",
                "no channel proves as much as the mailbox demands, so it would never open",
                id="rule of the whole",
            ),
            pytest.param(
                ('id = "small"', 'id = "other"'),
                1,
                "id",
                "is other, but the file is named small",
                id="name of the file",
            ),
            pytest.param(
                (
                    'name = "given_names", kind = "person_name"',
                    'name = "gad", kind = "organization", catalogue = "gads.csv"',
                ),
                14,
                "sections.applicant.gad.catalogue",
                "there is no file gads.csv",
                id="no catalogue",
            ),
        ],
    )
    def test_a_mistake_is_said_in_a_sentence_with_its_line(self, checked, change, line, where, message):
        assert change[0] in SMALL
        assert checked(SMALL.replace(*change)) == [(line, where, message)]

    def test_of_the_second_of_two_tables_the_line_is_that_of_the_second(self, checked):
        second = (
            '\n[[channels]]\nid = "other"\nidentifiers = ["cedula"]\nsteps = ["form", "confirm"]\ncredential = "none"\n'
        )
        [(line, where, _)] = checked(SMALL + second)
        assert (line, where) == (22, "channels.1.credential")

    def test_several_are_said_at_once(self, checked):
        broken = SMALL.replace('credential = "form"', 'credential = "from"').replace("name = ", "nmae = ", 1)
        assert {where for _, where, _ in checked(broken)} == {"nmae", "name", "channels.0.credential"}

    @pytest.mark.parametrize(
        ("text", "line"),
        [("id = \n", 1), ("id = 'a'\n[broken\n", 2), ("a = 1\na = 2\n", 2)],
        ids=["value", "table", "twice"],
    )
    def test_what_is_no_toml_is_said_so(self, checked, text, line):
        [(said, where, message)] = checked(text)
        assert (said, where) == (line, "file")
        assert message.startswith("is not TOML: ")

    def test_an_empty_file_lacks_everything(self, checked):
        assert {where for _, where, _ in checked("")} == {"id", "name", "institution", "channels", "sections"}

    @pytest.mark.parametrize("path", sorted((ROOT / "portals").rglob("*.csv")), ids=lambda path: path.name)
    def test_a_catalogue_that_cannot_be_read_is_found(self, tmp_path, path):
        (tmp_path / "gads.csv").write_text("code,name\n1,x\n", encoding="utf-8")
        field = '{ name = "gad", kind = "organization", catalogue = "gads.csv", label = "GAD" },\n  { name = "given'
        (tmp_path / "small.toml").write_text(SMALL.replace('{ name = "given', field), encoding="utf-8")
        [mistake] = check(tmp_path / "small.toml")
        assert (mistake.line, mistake.where) == (14, "sections.applicant.gad.catalogue")
        assert mistake.message.startswith("gads.csv can't be read")
        (tmp_path / "gads.csv").write_bytes(path.read_bytes())
        assert check(tmp_path / "small.toml") == []

    @pytest.mark.parametrize("file", ["office/use.md", "office/privacy.md"])
    def test_a_text_that_is_not_there_is_found(self, tmp_path, file):
        (tmp_path / "office").mkdir()
        for name in {"office/use.md", "office/privacy.md"} - {file}:
            (tmp_path / name).write_text("x", encoding="utf-8")
        (tmp_path / "office.toml").write_text(OFFICE, encoding="utf-8")
        [mistake] = check(tmp_path / "office.toml")
        assert mistake.message.startswith("there is no file ")
        assert OFFICE.splitlines()[(mistake.line or 0) - 1] == f'file = "{file}"'


class TestPortalFiles:
    @pytest.fixture
    def files(self, portals_dir) -> PortalFiles:
        return PortalFiles(portals_dir, ("office", "ipsot"))

    def test_a_portal_is_read_once(self, files, portals_dir):
        assert files.get("office") is files.get("office")
        assert files.get("office").name == load(portals_dir / "office.toml").name

    @pytest.mark.parametrize("portal", ["demo", "atlantis", "", "../ipsot", "office.toml", "OFFICE", "/etc/passwd"])
    def test_one_that_is_not_enabled_is_not_there_whether_or_not_it_has_a_file(self, files, portal):
        with pytest.raises(NotFound):
            files.get(portal)

    def test_the_list_is_in_the_order_in_which_they_are_enabled(self, files):
        assert [portal.id for portal in files.all()] == ["office", "ipsot"]

    def test_a_catalogue_is_read_once(self, files):
        assert files.catalogue("ipsot/gads.csv") is files.catalogue("ipsot/gads.csv")
        assert len(files.catalogue("ipsot/gads.csv")) == 1071

    def test_a_text_is_read(self, files):
        assert files.text("office/use.md") == "# Uso\n"

    def test_nothing_is_read_before_it_is_asked_for(self):
        assert PortalFiles(Path("nowhere"), ("office",)) is not None


def test_a_definition_that_is_local_only_is_not_deployed_by_default():
    assert load(ROOT / "portals" / "demo.toml").local_only
    assert not load(ROOT / "portals" / "ipsot.toml").local_only
