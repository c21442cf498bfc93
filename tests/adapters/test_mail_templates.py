"""Every mail in both languages: what it shows, what it never shows, and what hostile values can do in it."""

import re
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from ventanilla.adapters.mail_templates import (
    DEFAULT_COLOR,
    LINE_LENGTH,
    MESSAGES,
    SUBJECT_LENGTH,
    MailTemplates,
    RenderedMail,
    addressee,
    color,
    ink,
)


@dataclass(frozen=True)
class Contact:
    email: str | None = "buzon@example.ec"
    phone: str | None = "0960 000 000"
    website: str | None = "https://example.ec/contacto"


@dataclass(frozen=True)
class Portal:
    id: str = "ipsot"
    name: str = "Plataforma IPSOT"
    institution: str = "Superintendencia de Ordenamiento Territorial, Uso y Gestión del Suelo"
    color: str | None = "#0b3d6b"
    second_factor: bool = True
    check_data: bool = True
    contact: Contact = field(default_factory=Contact)


BASE_URL = "https://ventanilla.example.ec"
LINK = f"{BASE_URL}/verify#token=confirm.k1.0.01JH8Z3Y6Q4T9W2V5X7B8C1D0E.9fXq2Lr7mKc1vTz0wPbYs5NdAeGh4UoJiRk8CxQvM3E"
AT = "viernes, 15 de enero de 2027, 14:05"
ROLES = ["Rol de Representante Legal Sector No Financiero", "Rol de Acopio de Información"]
ORGANIZATION = "Asociación de Producción Textil Manos Tejedoras del Río Tahuando ASOPROMATE"
SHARED: dict[str, object] = {"portal": Portal(), "base_url": BASE_URL, "recipient_name": "Ana María Paredes"}
MESSAGE_VARIABLES: dict[str, dict[str, object]] = {
    "confirm": {"link": LINK, "expires": "24 horas", "identifier": "17******42", "password_again": True},
    "already_registered": {"sign_in": f"{BASE_URL}/ipsot/", "reset": f"{BASE_URL}/ipsot/reset"},
    "reset": {"link": LINK, "expires": "10 minutos"},
    "password_changed": {"at": AT},
    "address_confirm": {"link": LINK, "expires": "24 horas"},
    "address_changed": {"at": AT, "new_address": "a***@gad.gob.ec"},
    "account_closed": {"at": AT, "reason": "La persona lo pidió en la ventanilla"},
    "account_locked": {"at": AT, "reason": "Reporte de robo de la clave"},
    "account_unlocked": {"at": AT, "reason": "La persona comprobó quién es"},
    "account_corrected": {"at": AT, "reason": "El nombre estaba mal escrito"},
    "second_factor_changed": {"at": AT, "reason": "Pérdida del teléfono"},
    "alert": {
        "sender": "Servicio de Rentas Internas",
        "reference": "NAC-2027-0042",
        "at": AT,
        "sign_in": f"{BASE_URL}/ipsot/",
    },
    "released": {"count": 3, "sign_in": f"{BASE_URL}/ipsot/"},
    "invitation": {
        "link": LINK,
        "expires": "72 horas",
        "identifier": "17******42",
        "roles": ROLES,
        "organization": ORGANIZATION,
    },
    "approved": {"link": LINK, "expires": "72 horas", "roles": ROLES, "organization": ORGANIZATION},
    "rejected": {
        "reason": "La firma del representante legal no corresponde a la cédula que consta en el registro.",
        "roles": ROLES,
        "organization": ORGANIZATION,
    },
    "roles_given": {"roles": ROLES, "organization": ORGANIZATION, "sign_in": f"{BASE_URL}/ipsot/"},
    "roles_ended": {"roles": ROLES, "organization": ORGANIZATION},
    "roles_removed_done": {"roles": ROLES, "organization": ORGANIZATION},
    "temporary_password": {
        "user": "1710034065",
        "password": "k3vp7w-8hq2mzt4xn6",
        "expires": "7 días",
        "sign_in": f"{BASE_URL}/ipsot/",
        "override_subject": "",
        "override_button": "",
    },
    "reset_code": {
        "user": "1710034065",
        "code": "K7QZ2MVA",
        "link": LINK,
        "expires": "10 minutos",
        "override_subject": "",
        "override_button": "",
    },
    "cancelled": {"sender": "Municipio de Ejemplo", "reference": "RES-2027-0001", "at": AT},
    "reminder": {
        "sender": "Municipio de Ejemplo",
        "reference": "RES-2027-0001",
        "last_day": "lunes, 15 de marzo de 2027",
        "sign_in": f"{BASE_URL}/demo/",
    },
    "webhook_failing": {"url": "https://eventos.ejemplo.gob.ec/v", "since": AT, "error": "timeout"},
    "webhook_paused": {"url": "https://eventos.ejemplo.gob.ec/v", "since": AT, "error": "status-503"},
    "account_recovered": {"at": AT, "new_address": "a***@example.ec"},
    "in_person": {"link": LINK, "expires": "24 horas", "identifier": "17******42"},
    "certificate": {"link": LINK, "expires": "24 horas", "identifier": "17******42"},
}
EVERY_MAIL = [(name, locale) for name in MESSAGE_VARIABLES for locale in ("es", "en")]
ABOUT_ROLES = [name for name, variables in MESSAGE_VARIABLES.items() if "roles" in variables]
WORDED_BY_THE_PORTAL = [name for name, variables in MESSAGE_VARIABLES.items() if "override_button" in variables]
HOSTILE = "<b onmouseover=\"x()\">Óscar & 'Cía'</b>\r\nBcc: x@example.ec\x00\x1b\u202e\u2028fin"
HOSTILE_NAME = HOSTILE.replace("x@example.ec", "x")
"""One that does not read like an address: such a name is not shown at all."""

every_mail = pytest.mark.parametrize(("name", "locale"), EVERY_MAIL)
about_roles = pytest.mark.parametrize("name", ABOUT_ROLES)
worded_by_the_portal = pytest.mark.parametrize("name", WORDED_BY_THE_PORTAL)
in_both_languages = pytest.mark.parametrize("locale", ["es", "en"])


@pytest.fixture(scope="module")
def templates() -> MailTemplates:
    return MailTemplates()


def rendered(templates: MailTemplates, name: str, locale: str = "es", **changed: object) -> RenderedMail:
    return templates.render(name, locale, **{**SHARED, **MESSAGE_VARIABLES[name], **changed})


def filled_with(name: str, text: str) -> dict[str, object]:
    """Return a message's variables with the same text in each of its texts and lists of texts."""
    variables = MESSAGE_VARIABLES[name].items()
    return {key: text for key, value in variables if isinstance(value, str)} | {
        key: [text] * len(value) for key, value in variables if isinstance(value, list)
    }


class Page(HTMLParser):
    """What a mail client makes of the HTML: visible text, links, elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def links(self) -> list[str | None]:
        return [attributes["href"] for _, attributes in self.elements if "href" in attributes]


class TestEveryMail:
    def test_there_are_no_others(self) -> None:
        assert {path.name for path in MESSAGES.iterdir() if path.is_dir()} == set(MESSAGE_VARIABLES)

    @every_mail
    def test_it_shows_its_variables_the_institution_and_the_portal(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        mail = rendered(templates, name, locale)
        portal = Portal()
        shown = [portal.name, portal.institution, "Ana María Paredes", "buzon@example.ec", "0960 000 000"]
        for value in MESSAGE_VARIABLES[name].values():
            if value is not True:
                shown += value if isinstance(value, list) else [str(value)]
        text = " ".join(mail.text.split())
        for words in shown:
            assert words in text
            assert words in Page(mail.html).text
        assert portal.name in mail.subject or name == "alert"

    @every_mail
    def test_each_of_its_variables_must_be_given(self, templates: MailTemplates, name: str, locale: str) -> None:
        values = {**SHARED, **MESSAGE_VARIABLES[name]}
        for missing in values:
            given = {key: value for key, value in values.items() if key != missing}
            with pytest.raises(jinja2.UndefinedError, match=missing):
                templates.render(name, locale, **given)

    @every_mail
    def test_its_text_is_wrapped_and_only_addresses_are_longer(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        lines = rendered(templates, name, locale).text.split("\n")
        assert [line for line in lines if len(line) > LINE_LENGTH and not re.fullmatch(r"https://\S+", line)] == []
        assert max(map(len, lines)) > 60
        assert "\n\n\n" not in "\n".join(lines)
        assert not any(line != line.rstrip() for line in lines)

    @every_mail
    def test_it_loads_nothing_and_runs_nothing(self, templates: MailTemplates, name: str, locale: str) -> None:
        page = Page(rendered(templates, name, locale).html)
        assert {tag for tag, _ in page.elements} <= {
            "html", "head", "meta", "title", "style", "body", "div", "p", "strong", "br", "span", "h1", "h2",
            "a", "dl", "dt", "dd",
        }  # fmt: skip
        assert not [attributes for _, attributes in page.elements if "src" in attributes or "background" in attributes]
        assert "url(" not in rendered(templates, name, locale).html

    @every_mail
    def test_it_names_its_language(self, templates: MailTemplates, name: str, locale: str) -> None:
        tag, attributes = Page(rendered(templates, name, locale).html).elements[0]
        assert (tag, attributes["lang"]) == ("html", locale)

    @every_mail
    def test_it_leads_nowhere_but_to_the_platform_and_the_contact(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        for link in Page(rendered(templates, name, locale).html).links:
            assert link is not None
            assert link.startswith(f"{BASE_URL}/") or link in ("mailto:buzon@example.ec", "tel:0960000000")

    @every_mail
    def test_its_voice_is_calm(self, templates: MailTemplates, name: str, locale: str) -> None:
        mail = rendered(templates, name, locale)
        for words in (mail.subject, mail.text, Page(mail.html).text):
            assert not re.search(r"click|clic\b|haga clic", words, re.IGNORECASE)
            assert not re.search("[\U0001f000-\U0001faff\u2600-\u27bf]", words)
        assert not re.search("[!¡]", mail.subject + mail.text)

    @every_mail
    def test_a_portal_may_be_without_contact_and_a_recipient_without_name(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        nobody = Portal(contact=Contact(None, None, None), color=None)
        mail = rendered(templates, name, locale, portal=nobody, recipient_name="")
        for words in (mail.text, Page(mail.html).text):
            assert "None" not in words
            assert not re.search(r"(Ayuda|Help|contacto|contact details)", words)
            assert ("Reciba un saludo." if locale == "es" else "Hello,") in words


class TestLinks:
    @pytest.mark.parametrize(
        ("name", "variable"),
        [
            ("confirm", "link"),
            ("reset", "link"),
            ("address_confirm", "link"),
            ("already_registered", "sign_in"),
            ("already_registered", "reset"),
            ("approved", "link"),
            ("roles_given", "sign_in"),
            ("temporary_password", "sign_in"),
            ("reset_code", "link"),
            ("in_person", "link"),
            ("certificate", "link"),
        ],
    )
    @in_both_languages
    def test_a_link_can_be_pressed_and_read_in_full(
        self, templates: MailTemplates, name: str, variable: str, locale: str
    ) -> None:
        link = f"{BASE_URL}/verify?a=1&b=2#token={'x' * 150}"
        mail = rendered(templates, name, locale, **{variable: link})
        assert link in mail.text.split("\n")
        assert link in Page(mail.html).links
        assert link in Page(mail.html).text

    def test_a_password_is_asked_for_again_only_where_it_is(self, templates: MailTemplates) -> None:
        asked, unasked = (rendered(templates, "confirm", password_again=again) for again in (True, False))
        for words in ("La página le pide otra vez la contraseña", "contraseña que escribió en el formulario"):
            assert words in " ".join(asked.text.split())
            assert words in asked.html
            assert words not in " ".join(unasked.text.split())
            assert words not in unasked.html

    @pytest.mark.parametrize("base_url", [BASE_URL, BASE_URL + "/"])
    def test_who_did_not_change_the_password_types_the_portals_address(
        self, templates: MailTemplates, base_url: str
    ) -> None:
        mail = rendered(templates, "password_changed", base_url=base_url)
        assert f"{BASE_URL}/ipsot/" in mail.text.split("\n")
        assert f"{BASE_URL}/ipsot/" in Page(mail.html).text
        assert not [link for link in Page(mail.html).links if link and link.startswith("http")]


class TestRoles:
    @about_roles
    @in_both_languages
    def test_there_may_be_no_organization(self, templates: MailTemplates, name: str, locale: str) -> None:
        mail = rendered(templates, name, locale, organization="")
        for words in (mail.text, Page(mail.html).text):
            assert not re.search(r"^Organi[sz]a(ción|tion)\b", words, re.MULTILINE)
            assert "Roles" in words

    @about_roles
    @in_both_languages
    def test_one_role_is_spoken_of_as_one(self, templates: MailTemplates, name: str, locale: str) -> None:
        one, two = (rendered(templates, name, locale, roles=ROLES[:count]) for count in (1, 2))
        singular, plural = ("Rol", "Roles") if locale == "es" else ("Role", "Roles")
        assert f"\n{singular}: {ROLES[0]}\n" in one.text
        assert f"{plural}: {ROLES[0]}; {ROLES[1]}" in " ".join(two.text.split())
        assert singular in Page(one.html).text.split("\n")
        assert plural in Page(two.html).text.split("\n")
        several = r"\b(estos roles|roles nuevos|los roles|retiraron|these roles|new roles|the roles|[Rr]oles were)\b"
        for words in (one.subject, one.text, Page(one.html).text):
            assert not re.search(several, words)
        if name not in ("approved", "invitation", "rejected"):
            assert re.search(several, two.text)

    @about_roles
    @in_both_languages
    def test_where_a_portal_knows_no_roles_there_is_no_empty_box(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        mail = rendered(templates, name, locale, roles=[], organization="")
        assert "dl" not in [tag for tag, _ in Page(mail.html).elements]
        assert not re.search(r"^Role?s?:", mail.text, re.MULTILINE)

    @in_both_languages
    def test_data_are_checked_only_where_the_portal_asks_for_it(self, templates: MailTemplates, locale: str) -> None:
        asked, unasked = (
            rendered(templates, "approved", locale, portal=replace(Portal(), check_data=check_data))
            for check_data in (True, False)
        )
        words = "revise sus datos" if locale == "es" else "check your data"
        for said, unsaid in ((asked.text, unasked.text), (asked.html, unasked.html)):
            assert words in " ".join(said.split())
            assert words not in " ".join(unsaid.split())

    @in_both_languages
    @pytest.mark.parametrize("organization", ["Gane en https://evil.example", "premio.evil.example", "a@evil.example"])
    def test_a_rejection_carries_no_advertisement_to_addresses_that_nobody_has_proven(
        self, templates: MailTemplates, locale: str, organization: str
    ) -> None:
        mail = rendered(templates, "rejected", locale, organization=organization)
        assert "evil" not in mail.subject + mail.text + mail.html

    @in_both_languages
    @pytest.mark.parametrize("name", ["rejected", "roles_removed_done"])
    def test_what_strangers_may_receive_has_no_link_into_the_platform(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        mail = rendered(templates, name, locale)
        assert f"{BASE_URL}/ipsot/" in mail.text.split("\n")
        assert not [link for link in Page(mail.html).links if link and link.startswith("http")]


class TestPortalsOwnWords:
    @worded_by_the_portal
    @in_both_languages
    def test_subject_and_button_are_the_portals_where_it_has_its_own(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        subject, button = "Aviso de Clave de Acceso", "RESTABLECER <CONTRASEÑA>"
        usual = rendered(templates, name, locale)
        own = rendered(templates, name, locale, override_subject=subject, override_button=button)
        assert own.subject == subject != usual.subject
        assert f"\n{button}:\n" in own.text
        assert button_label(own) == button != button_label(usual)
        assert button_label(usual)

    @worded_by_the_portal
    @in_both_languages
    def test_none_is_as_good_as_empty(self, templates: MailTemplates, name: str, locale: str) -> None:
        nothing = rendered(templates, name, locale, override_subject=None, override_button=None)
        assert nothing == rendered(templates, name, locale)

    @pytest.mark.parametrize(("name", "secret"), [("temporary_password", "password"), ("reset_code", "code")])
    @in_both_languages
    def test_what_is_secret_stands_on_a_line_of_its_own_and_in_no_preview(
        self, templates: MailTemplates, name: str, secret: str, locale: str
    ) -> None:
        value = str(MESSAGE_VARIABLES[name][secret])
        mail = rendered(templates, name, locale)
        assert len([line for line in mail.text.split("\n") if line.endswith(f": {value}")]) == 1
        assert value in Page(mail.html).text.split("\n")
        assert mail.text.count(value) == mail.html.count(value) == 1  # not in the preheader either
        assert value not in mail.subject


class TestAlert:
    @in_both_languages
    def test_it_never_says_what_the_notification_is_about(self, templates: MailTemplates, locale: str) -> None:
        mail = rendered(templates, "alert", locale, subject="SECRET-SUBJECT", body="SECRET-BODY", category="SECRET")
        assert "SECRET" not in mail.subject + mail.text + mail.html

    @pytest.mark.parametrize("name", ["alert", "released"])
    @in_both_languages
    def test_it_has_no_link_but_tells_the_address(self, templates: MailTemplates, name: str, locale: str) -> None:
        mail = rendered(templates, name, locale)
        assert Page(mail.html).links == []
        for words in (mail.text, Page(mail.html).text):
            assert f"{BASE_URL}/ipsot/" in words
            assert (
                "Escriba usted mismo la dirección del portal en su navegador"
                if locale == "es"
                else "Type the portal’s address into your browser yourself"
            ) in words

    @pytest.mark.parametrize(
        ("count", "locale", "words"),
        [
            (1, "es", "Le espera 1 notificación que llegó antes."),
            (2, "es", "Le esperan 2 notificaciones que llegaron antes."),
            (1, "en", "1 notification that came before is waiting for you."),
            (2, "en", "2 notifications that came before are waiting for you."),
        ],
    )
    def test_one_is_counted_as_one(self, templates: MailTemplates, count: int, locale: str, words: str) -> None:
        mail = rendered(templates, "released", locale, count=count)
        assert words in " ".join(mail.text.split())
        assert words in " ".join(Page(mail.html).text.split())


class TestHostileValues:
    @every_mail
    def test_a_value_is_text_wherever_it_is_shown(self, templates: MailTemplates, name: str, locale: str) -> None:
        clean = Page(rendered(templates, name, locale).html)
        contact = Contact(email=HOSTILE, phone=HOSTILE, website=HOSTILE)
        changed: dict[str, object] = {
            "portal": Portal(name=HOSTILE, institution=HOSTILE, color='#fff"><script>', contact=contact),
            "recipient_name": HOSTILE_NAME,
        }
        changed |= filled_with(name, HOSTILE)
        if "organization" in changed:
            changed["organization"] = HOSTILE_NAME
        mail = rendered(templates, name, locale, **changed)
        page = Page(mail.html)
        assert [tag for tag, _ in page.elements] == [tag for tag, _ in clean.elements]
        assert not [attributes for _, attributes in page.elements if "onmouseover" in attributes]
        assert "Óscar & 'Cía'" in page.text
        for words in (mail.subject, mail.text, unescape(mail.html)):
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", words)
        assert not re.search(r"^\s*Bcc:", mail.subject, re.MULTILINE)

    @every_mail
    def test_the_subject_is_one_line_of_bounded_length(self, templates: MailTemplates, name: str, locale: str) -> None:
        changed = filled_with(name, "x\r\nBcc: victim@example.ec\r\n\r\n" + "y" * 500)
        changed["portal"] = Portal(name="Portal\nX-Evil: 1\n" + "z" * 500)
        subject = rendered(templates, name, locale, **changed).subject
        assert subject.isprintable()
        assert subject == subject.strip()
        assert 0 < len(subject) <= SUBJECT_LENGTH

    @pytest.mark.parametrize(
        "name", ["Gane en https://evil.example", "Visite www.evil", "premio.evil.example", "a@evil.example"]
    )
    def test_a_name_that_reads_like_an_address_is_not_greeted(self, templates: MailTemplates, name: str) -> None:
        mail = rendered(templates, "confirm", recipient_name=name)
        assert "evil" not in mail.text + mail.html
        assert "Reciba un saludo." in mail.text

    @pytest.mark.parametrize("name", ["Ma. Fernanda Núñez", "José O'Neil-Paz", "Ángel B. de la Cruz", "Ñ"])
    def test_a_persons_name_is_greeted(self, name: str) -> None:
        assert addressee(f" {name}\n") == name

    def test_a_name_without_end_is_cut(self) -> None:
        assert len(addressee("Ana " * 200)) <= 80


class TestColor:
    @pytest.mark.parametrize("value", [None, "", "red", "#fff", "#12345g", "#0b3d6b;background:url(x)", "#0b3d6b\n"])
    def test_what_is_no_color_gives_the_default(self, value: str | None) -> None:
        assert color(value) == DEFAULT_COLOR

    @pytest.mark.parametrize(
        "background", ["#0b3d6b", "#f2c230", "#767676", "#757575", "#777777", "#ff0000", "#00a1ff"]
    )
    def test_the_button_can_be_read_on_any_color(self, templates: MailTemplates, background: str) -> None:
        html = rendered(templates, "confirm", portal=replace(Portal(), color=background)).html
        button = re.search(r'class="button"[^>]*background-color:(#\w{6});color:(#\w{6})', html)
        assert button is not None
        assert button[1] == color(background)
        assert button[2] == ink(background)
        assert contrast(button[1], button[2]) >= 4.5

    @every_mail
    def test_all_other_text_can_be_read_in_light_and_dark(
        self, templates: MailTemplates, name: str, locale: str
    ) -> None:
        html = rendered(templates, name, locale).html
        style = html[html.index("<style>") : html.index("</style>")]
        inks, grounds = re.findall(r"[ {]color: (#\w{6})", style), re.findall(r"background-color: (#\w{6})", style)
        button_ink, button_ground = inks.pop(), grounds.pop()
        assert contrast(button_ink, button_ground) >= 4.5
        assert min(contrast(text, ground) for text in inks for ground in grounds) >= 4.5
        body = re.sub(r'<a class="button".*?>', "", html[html.index("<body") :])
        inks = re.findall(r"[;\"]color:(#\w{6})", body)
        assert min(contrast(text, ground) for text in set(inks) for ground in ("#ffffff", "#f1f3f6")) >= 4.5


class TestLanguages:
    def test_a_locale_without_translation_gets_spanish(self, templates: MailTemplates) -> None:
        spanish = rendered(templates, "reset", "es")
        for locale in ("qu", "fr-FR", "", "../../en", "ES-ec"):
            assert rendered(templates, "reset", locale) == spanish
        assert rendered(templates, "reset", "en-GB") == rendered(templates, "reset", "en") != spanish

    def test_an_unknown_message_is_an_error(self, templates: MailTemplates) -> None:
        with pytest.raises(jinja2.TemplateNotFound):
            templates.render("no_such_message", "es")

    def test_messages_may_lie_in_another_folder(self, tmp_path: Path) -> None:
        folder = tmp_path / "hello" / "es"
        folder.mkdir(parents=True)
        (folder / "subject.txt").write_text(" Aviso {{ a }}\n\n", encoding="utf-8")
        (folder / "body.txt").write_text("{{ a }}", encoding="utf-8")
        (folder / "body.html").write_text("<p>{{ a }}</p>", encoding="utf-8")
        mail = MailTemplates(tmp_path).render("hello", "es", a="<ñ>")
        assert mail == RenderedMail("Aviso <ñ>", "<ñ>\n", "<p>&lt;ñ&gt;</p>\n")


def button_label(mail: RenderedMail) -> str:
    """Return what stands on a mail's button."""
    button = re.search(r'<a class="button".*?>(?:<!--.*?-->)?(.*?)(?:<!--.*?-->)?</a>', mail.html)
    assert button is not None
    return unescape(button[1])


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.2 defines it, written anew to check `ink`."""

    def luminance(value: str) -> float:
        channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
