"""What the forms of services and contracts have in common: the seller, the times, and the buyer's wallet."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import NotFound
from pages.forms import one_of, simple
from pages.visit import Known
from store.people.users import user_of
from texts.languages import Language, message

DAY_S: Final = 24 * 3600
MAX_TITLE: Final = 200
DAYS: Final = {
    "1": message("A day"),
    "3": message("Three days"),
    "7": message("A week"),
    "30": message("A month"),
    "90": message("Three months"),
    "180": message("Half a year"),
    "365": message("A year"),
}
TO_ANSWER: Final = ("1", "3", "7", "30", "90")  # all that `domain.limits.MAX_ANSWER_WITHIN_S` allows
_HOW_LONG: Final = message("Please choose how long.")


def _number_of_a_client(typed: str) -> UUID:
    """What is no number is the number of nobody: refused as the act refuses one that nobody has."""
    try:
        return UUID(typed)
    except ValueError:
        raise NotFound("unknown_user", "There is no such user.") from None


Seller = Annotated[UUID, simple(_number_of_a_client)]
Days = Annotated[str, one_of(DAYS, _HOW_LONG)]
DaysToAnswer = Annotated[str, one_of(TO_ANSWER, _HOW_LONG)]
FromWallet = Annotated[str, one_of(("", "yes"), message("Please choose where the money comes from."))]
"""`yes` when the box is ticked, else empty."""


def days_in(language: Language) -> list[tuple[str, str]]:
    return [(days, language.say(words)) for days, words in DAYS.items()]


def days_to_answer_in(language: Language) -> list[tuple[str, str]]:
    return [each for each in days_in(language) if each[0] in TO_ANSWER]


async def seller_named(session: AsyncSession, known: Known, typed: str) -> str | None:
    """The name of the seller with this number; None for a number that nobody has."""
    try:
        return (await user_of(session, known.visitor.marketplace_id, UUID(typed))).name
    except (ValueError, NotFound):
        return None
