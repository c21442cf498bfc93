"""Which route of the HTTP API a request takes: the most specific that fits, as in API Gateway."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from local.sources import Route


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values of its path's parameters."""

    route: Route
    parameters: dict[str, str]


class Router:
    """Chooses among the template's routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def match(self, method: str, path: str) -> Match | None:
        """Return the route for a request, `$default` where no other fits, None where there is none."""
        found: list[tuple[tuple[int, ...], Match]] = []
        for route in self._routes:
            if route.method not in ("ANY", method):
                continue
            fit = _fit(route.path, path)
            if fit is not None:
                ranks, parameters = fit
                found.append(((*ranks, int(route.method == "ANY")), Match(route, parameters)))
        return min(found, key=lambda item: item[0])[1] if found else None


def _fit(pattern: str, path: str) -> tuple[list[int], dict[str, str]] | None:
    """Rank each segment (0 its own word, 1 a parameter, 2 a greedy one, 3 `$default`): the lowest list wins."""
    if pattern == "$default":
        return [3], {}
    ranks: list[int] = []
    parameters: dict[str, str] = {}
    given = path.split("/")[1:]
    wanted = pattern.split("/")[1:]
    for index, word in enumerate(wanted):
        if word.startswith("{") and word.endswith("+}"):
            rest = "/".join(given[index:])
            return ([*ranks, 2], {**parameters, word[1:-2]: rest}) if rest else None
        if index >= len(given):
            return None
        if word.startswith("{") and word.endswith("}"):
            if not given[index]:
                return None
            parameters[word[1:-1]] = given[index]
            ranks.append(1)
        elif word == given[index]:
            ranks.append(0)
        else:
            return None
    return (ranks, parameters) if len(given) == len(wanted) else None
