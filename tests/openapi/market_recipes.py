"""Where the recipes for the market are registered, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.openapi.exploring import Recipe
from tests.openapi.market_stand import Stand

EARLIER: Final = "created_at = created_at - interval '1 hour'"  # the pause between two codes has passed
RECIPES: Final[dict[str, Recipe[Stand]]] = {}


def recipe(label: str) -> Callable[[Recipe[Stand]], Recipe[Stand]]:
    """Registers the recipe of `METHOD /path`, the path without its base."""
    method, path = label.split()

    def register(made: Recipe[Stand]) -> Recipe[Stand]:
        RECIPES[f"{method} /api/v1{path}"] = made
        return made

    return register
