"""An order of questions in which those that rules test together stand near each other: it keeps diagrams small."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["near_each_other"]

ROUNDS = 100


def near_each_other(names: Sequence[str], together: Sequence[Collection[str]]) -> list[str]:
    """Return names in an order in which those that belong together stand near each other.

    Each name moves to where the middles of its groups are on average, again and again; the best order met is taken.
    That is the heuristic FORCE of Aloul, Markov and Sakallah (2003).
    """
    order = best = list(names)
    for _ in range(ROUNDS):
        places = {name: place for place, name in enumerate(order)}
        middles: dict[str, list[float]] = {name: [] for name in names}
        for group in together:
            middle = sum(places[name] for name in group) / len(group)
            for name in group:
                middles[name].append(middle)
        wanted = {name: sum(found) / len(found) if found else places[name] for name, found in middles.items()}
        order = sorted(order, key=wanted.__getitem__)
        best = min(best, order, key=lambda one: _spread(one, together))
    return best


def _spread(order: Sequence[str], together: Sequence[Collection[str]]) -> int:
    places = {name: place for place, name in enumerate(order)}
    groups = ([places[name] for name in group] for group in together)
    return sum(max(group) - min(group) for group in groups)
