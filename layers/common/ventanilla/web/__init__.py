"""The one place that knows HTTP."""

from ventanilla.web.access import by_institution, by_session, public
from ventanilla.web.app import App, create_app
from ventanilla.web.responses import Reply, empty, html, reply

__all__ = ["App", "Reply", "by_institution", "by_session", "create_app", "empty", "html", "public", "reply"]
