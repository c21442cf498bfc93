"""The numbers by which Ecuador knows a person or body: cédula, RUC, and passports of other countries."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ventanilla.domain.errors import Invalid

IdentifierKind = Literal["cedula", "ruc", "passport"]

_ISO_3166_1 = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
_COUNTRIES = frozenset(_ISO_3166_1.split())
# 01-24 are the provinces, 30 is for the registered abroad; 50 is also taken by python-stdnum.
_PROVINCES = frozenset([*(f"{number:02}" for number in range(1, 25)), "30", "50"])
_PASSPORT_NUMBER = re.compile(r"[A-Z0-9]{5,20}")
_COUNTRY_FIRST = re.compile(r"\s*([A-Za-z]{2})[\s-]+(\S.*)", re.DOTALL)
_COUNTRY_GLUED = re.compile(r"([A-Z]{2})(.+)")
_LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Identifier:
    """Who somebody is: `number` is the key as typed at sign-in, for a passport country and number ("PE-AB123456")."""

    kind: IdentifierKind
    number: str
    country: str | None = None


def parse(kind: str, number: str, country: str | None = None) -> Identifier:
    """Return the identifier that was typed, in its one normal form.

    Args:
        kind: "cedula", "ruc" or "passport".
        number: as typed; spaces, dots, hyphens and full-width digits do not matter.
        country: of a passport, ISO 3166-1 alpha-2; needless where the number says it ("PE-AB123456").

    Raises:
        Invalid: it cannot be one; a number that passes has the right form, whether it exists is the registry's to say.
    """
    if kind == "cedula":
        return Identifier("cedula", _cedula(_compact(number)))
    if kind == "ruc":
        return Identifier("ruc", _ruc(_compact(number)))
    if kind == "passport":
        return _passport(unicodedata.normalize("NFKC", number), _compact(country or ""))
    raise Invalid("identifier_kind")


def normalise_login(typed: str) -> str:
    """Return the key that somebody means at sign-in; never refuses, since an unknown key is only a failed sign-in."""
    # ASCII and short, whatever was typed: it becomes part of a key in the store.
    key = _compact(typed).encode("ascii", "replace").decode()
    glued = _COUNTRY_GLUED.fullmatch(key)
    return (f"{glued[1]}-{glued[2]}" if glued else key)[:_LONGEST_KEY]


def is_same_person(number: str, other: str) -> bool:
    """Tell whether two numbers are one person's: the RUC of a natural person is the national id with a suffix."""
    return number == other or any(ruc == f"{cedula}001" for ruc, cedula in ((number, other), (other, number)))


def mask(number: str) -> str:
    """Hide a number but for its last three characters, and a very short one wholly."""
    shown = number[-3:] if len(number) > 3 else ""
    return "•" * (len(number) - len(shown)) + shown


def _cedula(digits: str) -> str:
    _demand_digits("cedula", digits, 10)
    if digits[:2] not in _PROVINCES:
        raise Invalid("cedula_province")
    if digits[2] > "6":
        raise Invalid("cedula_third_digit")
    if not _checks_out(digits):
        raise Invalid("cedula_check_digit")
    return digits


def _ruc(digits: str) -> str:
    _demand_digits("ruc", digits, 13)
    if digits[:2] not in _PROVINCES or digits.endswith("000"):  # also 9999999999999, the anonymous buyer of invoices
        raise Invalid("ruc_form")
    # Third digit 6 (public bodies, foreigners) and 9 (companies): the tax authority gives out numbers that follow no
    # algorithm, 1793213150001 for one, so their check digit refuses nobody. 7 and 8 are given to nobody.
    if digits[2] in "78" or (digits[2] < "6" and not _checks_out(digits[:10])):
        raise Invalid("ruc_form")
    return digits


def _passport(number: str, country: str) -> Identifier:
    prefixed = _COUNTRY_FIRST.fullmatch(number)
    if prefixed and country in ("", prefixed[1].upper()):
        country, number = prefixed[1].upper(), prefixed[2]
    number = _compact(number)
    if country not in _COUNTRIES:
        raise Invalid("passport_country")
    if not _PASSPORT_NUMBER.fullmatch(number):
        raise Invalid("passport_form")
    return Identifier("passport", f"{country}-{number}", country)


def _demand_digits(kind: IdentifierKind, digits: str, length: int) -> None:
    if digits and not (digits.isascii() and digits.isdigit()):
        raise Invalid(f"{kind}_digits")
    if len(digits) != length:
        raise Invalid(f"{kind}_length", typed=len(digits))


def _checks_out(cedula: str) -> bool:
    from stdnum.ec import ci  # its import takes tens of milliseconds, which most functions need not pay

    return ci.is_valid(cedula)


def _compact(typed: str) -> str:
    return "".join(filter(_counts, unicodedata.normalize("NFKC", typed))).upper()


def _counts(character: str) -> bool:
    # Cf: invisible marks that come along when a number is copied; U+2212 is a minus sign, which Unicode calls no dash
    return not (character.isspace() or character in ".\u2212" or unicodedata.category(character) in ("Pd", "Cf"))
