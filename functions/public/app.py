"""Public: portals, catalogues, health, and the description of the API."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.domain.captcha import CaptchaAction
from ventanilla.schemas.captcha import CaptchaChallenge
from ventanilla.schemas.portals import Health, OrganizationPage, PortalList, PortalOut
from ventanilla.usecases.captcha import make_challenge
from ventanilla.usecases.catalogues import list_portals, search_organizations, show_portal
from ventanilla.web import Reply, create_app, html, public
from ventanilla.web.docs import POLICY, describe, page
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/portals")
@public
def get_portals() -> PortalList:
    """Return the portals in force."""
    return list_portals(services().portals.all())


@app.get("/v1/portals/<portal>")
@public
def get_portal(portal: str) -> PortalOut:
    """Return what a portal's pages need."""
    portals = services().portals
    return show_portal(portals.get(portal), app.request_in.locale, questions=portals.questions, texts=portals.text)


@app.get("/v1/portals/<portal>/organizations")
@public
def get_organizations(
    portal: str,
    q: Annotated[str, Query()] = "",
    level: Annotated[str | None, Query()] = None,
    cursor: Annotated[str | None, Query()] = None,
) -> OrganizationPage:
    """Return organisations by words of their name or the beginning of their code."""
    portals = services().portals
    return search_organizations(portals.get(portal), portals.catalogue, q=q, level=level, cursor=cursor)


@app.get("/v1/captcha")
@public
def get_captcha(
    action: Annotated[CaptchaAction, Query()], portal: Annotated[str | None, Query()] = None
) -> CaptchaChallenge:
    """Return a proof of work to do (ALTCHA) for an action, good at one portal alone if it is named."""
    return make_challenge(
        action, portal, portals=services().portals, captcha=services().captcha, clock=services().clock
    )


@app.get("/v1/health")
@public
def get_health() -> Health:
    """Tell that requests are answered."""
    return Health()


@app.get("/openapi.json", include_in_schema=False)
@public
def get_openapi() -> dict[str, Any]:
    """Return the description of the API."""
    return describe(services().settings.docs_dir)


@app.get("/docs", include_in_schema=False)
@public
def get_docs() -> Reply[str]:
    """Return the description of the API as a page to read."""
    return html(page(services().settings.docs_dir), POLICY)
