"""The pages of the outbox, for whoever walks through the site by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from werkzeug.wrappers import Response

from local.outbox import Mail

_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The mail's own page: its styles stand in its elements; no script, no form, nothing from elsewhere
_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_LINK = re.compile(r"https?://[^\s<>\"']+")
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 64rem; margin: 0 auto; padding: 1rem }
table { width: 100%; border-collapse: collapse }
caption { text-align: left; padding-bottom: .5rem }
th, td { text-align: left; vertical-align: top; padding: .5rem; border-bottom: 1px solid; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid }
iframe { width: 100%; height: 40rem; border: 1px solid; background: #fff }
input, button { font: inherit; padding: .25rem .5rem }
dt { font-weight: bold }
dd { margin: 0 0 .5rem }
dd, li { overflow-wrap: anywhere }
"""


def outbox(mails: Iterable[Mail], to: str) -> Response:
    """Build the list of mails, newest first."""
    rows = "".join(
        f'<tr><td><time datetime="{mail.sent_at}">{mail.sent_at}</time></td><td>{escape(mail.to)}</td>'
        f'<td><a href="{_path(mail)}">{escape(mail.subject) or "(sin asunto)"}</a></td></tr>'
        for mail in mails
    )
    table = (
        "<table><caption>Los más recientes primero</caption><thead><tr>"
        '<th scope="col">Enviado</th><th scope="col">Para</th><th scope="col">Asunto</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )
    form = (
        '<form action="/outbox" role="search"><label for="to">Dirección</label> '
        f'<input id="to" name="to" type="email" autocomplete="off" value="{escape(to)}"> <button>Buscar</button></form>'
    )
    return _page("Correos enviados", f"{form}{table if rows else '<p>No hay correos.</p>'}")


def mail(mail: Mail) -> Response:
    """Build the page of one mail: its links, its text, and its HTML in a frame that can do nothing."""
    links = dict.fromkeys(match.rstrip(".,;)") for match in _LINK.findall(mail.text))
    items = "".join(f'<li><a href="{escape(link)}" rel="noreferrer">{escape(link)}</a></li>' for link in links)
    parts = [
        '<p><a href="/outbox">Todos los correos</a></p>',
        f"<dl><dt>Para</dt><dd>{escape(mail.to)}</dd><dt>Enviado</dt><dd>{mail.sent_at}</dd></dl>",
        f"<h2>Enlaces</h2><ul>{items}</ul>" if items else "",
        f"<h2>Texto</h2><pre>{escape(mail.text)}</pre>" if mail.text else "",
        f'<h2>HTML</h2><iframe sandbox title="El correo en HTML" src="{_path(mail)}/html"></iframe>'
        if mail.html
        else "",
    ]
    return _page(mail.subject or "(sin asunto)", "".join(parts))


def mail_html(mail: Mail) -> Response:
    """Build the HTML of a mail, for the frame."""
    return _response(mail.html, _MAIL_POLICY, "text/html; charset=utf-8")


def style() -> Response:
    """Build the style sheet."""
    return _response(_STYLE, _PAGE_POLICY, "text/css; charset=utf-8")


def _path(mail: Mail) -> str:
    return f"/outbox/{quote(mail.id, safe='')}"


def _page(title: str, body: str) -> Response:
    text = (
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/outbox/style.css"></head>'
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return _response(text, _PAGE_POLICY, "text/html; charset=utf-8")


def _response(body: str, policy: str, content_type: str) -> Response:
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Response(body, content_type=content_type, headers=headers)
