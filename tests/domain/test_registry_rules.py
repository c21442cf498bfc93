"""What a definition may leave to the registry, and where a captcha can stand."""

from dataclasses import replace
from pathlib import Path

from ventanilla.adapters.portal_files import load
from ventanilla.domain.portal_rules import mistakes
from ventanilla.domain.portals import Portal

PORTALS = Path(__file__).resolve().parents[2] / "portals"


def errors(portal: Portal) -> list[tuple[str, str]]:
    return [(one.where, one.message) for one in mistakes(portal) if one.severity == "error"]


def test_a_field_that_the_registry_cannot_fill_in_is_a_mistake():
    ibarra = load(PORTALS / "ibarra.toml")
    section = ibarra.sections[0]
    fields = tuple(replace(field, registry=field.name == "phone") for field in section.fields)
    wrong = replace(ibarra, sections=(replace(section, fields=fields),))
    assert errors(wrong) == [
        (
            "sections.applicant.phone",
            "the registry can fill in given_names, surnames, legal_name, birth_date, and no other field",
        )
    ]


def test_a_captcha_before_an_identity_check_that_no_channel_has_is_a_mistake():
    demo = replace(load(PORTALS / "demo.toml"), captcha=("identity_check",))
    assert errors(demo) == [("captcha", "no channel begins with the step identity_check, so nobody would be asked")]


def test_our_own_definitions_make_neither_mistake():
    for path in PORTALS.glob("[!c]*.toml"):  # the calendar is none
        assert not [one for one in errors(load(path)) if "registry" in one[1] or one[0] == "captcha"]
