"""Numbers and texts of the right form, made from rules and not taken from people: same arguments, same value."""

from __future__ import annotations

from hashlib import shake_256


def make_cedula(province: int, serial: int) -> str:
    """Return the cédula of a province (1–24, 30) with this serial (0–6,999,999, whose first digit is the third)."""
    digits = f"{province:02}{serial:07}"
    return digits + _check_digit(digits)


def make_ruc(province: int, serial: int, establishment: int = 1) -> str:
    """Return the RUC of the natural person with this cédula."""
    return f"{make_cedula(province, serial)}{establishment:03}"


def make_company_ruc(province: int, serial: int, establishment: int = 1) -> str:
    """Return the RUC of a company: third digit 9, and digits (serial 0–9,999,999) that follow no algorithm."""
    return f"{province:02}9{serial:07}{establishment:03}"


def make_public_ruc(province: int, serial: int, establishment: int = 1) -> str:
    """Return the RUC of a public body: third digit 6, and digits (serial 0–999,999) that follow no algorithm."""
    return f"{province:02}6{serial:06}{establishment:04}"


def make_email(serial: int, domain: str = "gad.example.ec") -> str:
    """Return an address of nobody."""
    return f"persona{serial}@{domain}"


def make_noise(alphabet: str, length: int, seed: int) -> str:
    """Return characters that look like chance."""
    noise = shake_256(f"{alphabet}{seed}".encode()).digest(4 * length)
    return "".join(alphabet[int.from_bytes(noise[at : at + 4]) % len(alphabet)] for at in range(0, 4 * length, 4))


def break_check_digit(number: str) -> str:
    """Return the number with another last digit."""
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def _check_digit(digits: str) -> str:
    # Modulus 10 by the book (weights 2, 1, 2, …; 9 off a product above 9): the code under test asks python-stdnum.
    products = [int(digit) * (2 - position % 2) for position, digit in enumerate(digits)]
    return str(-sum(product - 9 if product > 9 else product for product in products) % 10)
