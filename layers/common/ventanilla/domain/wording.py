"""How durations, moments, dates and addresses are put into words for citizens, in Spanish and English."""

import unicodedata
from datetime import date, datetime, timedelta, timezone
from typing import Final

# Mainland Ecuador is UTC-5 all year, without summer time. A fixed offset and not zoneinfo: its data come from the
# machine, and a slim one (or Lambda's) may lack them. Galápagos is UTC-6: messages say that the hour is the mainland's.
ECUADOR: Final = timezone(timedelta(hours=-5), "America/Guayaquil")

_WEEKDAYS: Final = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: Final = {
    "es": tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    "en": tuple("January February March April May June July August September October November December".split()),
}
_UNITS: Final = {
    "es": {"minute": ("minuto", "minutos"), "hour": ("hora", "horas"), "day": ("día", "días")},
    "en": {"minute": ("minute", "minutes"), "hour": ("hour", "hours"), "day": ("day", "days")},
}
_UNDER_A_MINUTE: Final = {"es": "menos de 1 minuto", "en": "less than 1 minute"}


def language(locale: str) -> str:
    """Return the language that is spoken for a locale: its own where there are words for it, else Spanish."""
    code = locale.replace("_", "-").split("-")[0].lower()
    return code if code in _WEEKDAYS else "es"


def duration(delta: timedelta, locale: str) -> str:
    """Say how long something lasts: "10 minutos", "24 horas", "7 días"; days from more than 72 hours on."""
    # A begun minute counts, so that a mail sent some seconds after its link was made still says "24 horas"; above
    # that it is rounded down, because a promise may be kept for longer but not for less.
    minutes = -(-delta // timedelta(minutes=1))
    words = _UNITS[language(locale)]
    if delta <= timedelta(0):
        return _UNDER_A_MINUTE[language(locale)]
    if minutes < 60 or (minutes < 120 and minutes % 60):
        return _counted(minutes, words["minute"])
    if minutes <= 72 * 60:
        return _counted(minutes // 60, words["hour"])
    return _counted(minutes // (24 * 60), words["day"])


def moment(at: datetime, locale: str) -> str:
    """Say day and hour in mainland Ecuador: "viernes, 15 de enero de 2027, 14:05".

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    local = at.astimezone(ECUADOR)
    return f"{day(local.date(), locale)}, {local:%H:%M}"


def day(on: date, locale: str) -> str:
    """Say a date: "viernes, 15 de enero de 2027"; in English "Friday, 15 January 2027"."""
    # Not strftime: its words depend on the machine's locale.
    spoken = language(locale)
    weekday, month = _WEEKDAYS[spoken][on.weekday()], _MONTHS[spoken][on.month - 1]
    of = " de " if spoken == "es" else " "
    return f"{weekday}, {on.day}{of}{month}{of}{on.year}"


def mask_email(address: str) -> str:
    """Hide a mail address but for its first character and its domain: "a***@gad.gob.ec"."""
    local, at, domain = address.rpartition("@")
    # Always three stars: their number must not tell how long the name is.
    return f"{local[:1]}***@{domain}" if at else "***"


def one_line(text: str) -> str:
    """Return the text on one line: no control, direction or invisible characters, single spaces, trimmed."""
    return " ".join("".join(map(_visible, text)).split())


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Cs"):  # direction overrides that make text lie; halves of characters that cannot be encoded
        return ""
    return " " if category in ("Cc", "Zl", "Zp") else character


def _counted(number: int, forms: tuple[str, str]) -> str:
    return f"{number} {forms[number != 1]}"


def local_day(at: datetime) -> date:
    """Return the day that it is in mainland Ecuador at a moment."""
    return at.astimezone(ECUADOR).date()
