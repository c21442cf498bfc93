"""The one place that knows HTTP."""

from ventanilla.web.access import (
    by_institution,
    by_session,
    public,
    takes_form,
    takes_form_or_json,
    takes_lines,
    takes_pdf,
)
from ventanilla.web.app import App, create_app
from ventanilla.web.problems import line_problem
from ventanilla.web.request import read_line
from ventanilla.web.responses import Pdf, Reply, SignedReceipt, empty, html, pdf, receipt, redirect, reply

__all__ = [
    "App",
    "Pdf",
    "Reply",
    "SignedReceipt",
    "by_institution",
    "by_session",
    "create_app",
    "empty",
    "html",
    "line_problem",
    "pdf",
    "public",
    "read_line",
    "receipt",
    "redirect",
    "reply",
    "takes_form",
    "takes_form_or_json",
    "takes_lines",
    "takes_pdf",
]
