"""What claims mean, in words for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_ECUADOR = timezone(timedelta(hours=-5))
_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
ASSURANCE = {
    "self_asserted": "Declarada por la persona; nadie la ha comprobado",
    "proven": "Comprobada con un certificado de firma o ante un funcionario",
}
METHODS = {"pwd": "contraseña", "otp": "código de un segundo factor", "mfa": "dos factores", "kba": "preguntas"}
REFUSALS = {
    "access_denied": "Usted decidió no compartir sus datos con este servicio. Puede volver a intentarlo cuando quiera.",
    "login_required": "Primero debe entrar en el portal.",
    "consent_required": "Primero debe autorizar en el portal que este servicio conozca sus datos.",
    "interaction_required": "El portal necesita que usted haga algo antes de seguir. Vuelva a entrar.",
    "unmet_authentication_requirements": "Este servicio pide un segundo factor. Actívelo en el perfil de su cuenta.",
    "unreachable": "El portal no responde. Intente de nuevo en unos minutos.",
    "mismatching_state": "Esta entrada no se inició aquí, o pasó demasiado tiempo. Vuelva a entrar.",
}
OTHERWISE = "La respuesta del portal no es válida. Vuelva a entrar; si el problema sigue, avise a este servicio."


def assurance(acr: object) -> str:
    """Say how sure it is who the person is."""
    return ASSURANCE.get(str(acr), str(acr or "No se indica"))


def methods(amr: object) -> str:
    """Say by what the person signed in."""
    named = [METHODS.get(str(one), str(one)) for one in amr] if isinstance(amr, list) else []
    return ", ".join(named) or "No se indica"


def moment(seconds: object) -> str:
    """Say day and hour in mainland Ecuador of seconds since 1970."""
    if not isinstance(seconds, int | float):
        return "No se indica"
    local = datetime.fromtimestamp(seconds, UTC).astimezone(_ECUADOR)
    return f"{local.day} de {_MONTHS[local.month - 1]} de {local.year}, {local:%H:%M}"


def iso(seconds: object) -> str:
    """Write seconds since 1970 as RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if isinstance(seconds, int | float) else ""


def refusal(error: str | None) -> str:
    """Say why somebody could not sign in."""
    return REFUSALS.get(error or "", OTHERWISE)
