"""Activation: what an approved application says of the institution that begins."""

import pytest

from tests.adapters.conftest import make_application
from tests.conftest import ROOT
from tests.fakes import NOW
from ventanilla.adapters.portal_files import load
from ventanilla.usecases.activation import activated

RUC = "1760000150001"


@pytest.mark.parametrize(
    ("chosen", "canton"), [("1701", "1701"), ("170150", "1701"), ("17", None), (None, None), ("", None)]
)
def test_the_canton_is_that_of_the_local_government_that_the_form_names(chosen, canton):
    organization = {"ruc": RUC, "legal_name": "Instituto", "modality": "platform", "canton": chosen}
    said = {name: value for name, value in organization.items() if value is not None}
    application = make_application(portal="staff", channel="institution", sections={"organization": said})
    institution = activated(application, load(ROOT / "portals" / "staff.toml"), NOW)
    assert institution is not None
    assert (institution.id, institution.canton) == (RUC, canton)
