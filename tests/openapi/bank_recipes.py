"""Where the recipes for the bank are registered, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from domain.money import Money
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import Viewer
from tests.openapi.exploring import Recipe

AMOUNT: Final = Money(1_000, "RUB")
ON_THE_WIRE: Final = {"amount": AMOUNT.amount, "currency": AMOUNT.currency}
WEBHOOK: Final = "http://127.0.0.1:9/webhooks"  # nothing listens there, so nothing is reported

RECIPES: Final[dict[str, Recipe[Viewer]]] = {}


def recipe(label: str) -> Callable[[Recipe[RunningBank]], Recipe[RunningBank]]:
    """Registers the recipe of `METHOD /path`, the path without its base."""

    def register(made: Recipe[RunningBank]) -> Recipe[RunningBank]:
        viewer_recipe(label)(lambda viewer: made(viewer.bank))
        return made

    return register


def viewer_recipe(label: str) -> Callable[[Recipe[Viewer]], Recipe[Viewer]]:
    """As `recipe`, for what needs the marketplace that explores: an owner's token is for it alone."""
    method, path = label.split()

    def register(made: Recipe[Viewer]) -> Recipe[Viewer]:
        RECIPES[f"{method} /api/v1{path}"] = made
        return made

    return register
