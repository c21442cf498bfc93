"""Made-up people: numbers that are valid, passwords that nobody has had."""

import secrets
import string


def make_cedula(province: str = "17") -> str:
    """Make a valid cédula: province, a third digit below 6, and the check digit of module 10."""
    digits = [*map(int, province), secrets.randbelow(6), *(secrets.randbelow(10) for _ in range(6))]
    total = sum(value if index % 2 else value * 2 - 9 * (value > 4) for index, value in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def make_password() -> str:
    """Make a password of 24 letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(24))
