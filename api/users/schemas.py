from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import Moment, Name
from edge.wire import CleanText, Wire, utc
from store.users import User

Email = Annotated[
    str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$", examples=["anna@example.org"])
]


class UserIn(Wire):
    name: Name
    email: Email
    reference: Annotated[
        CleanText | None, Field(min_length=1, max_length=200, description="Your own id of the user; unique.")
    ] = None


class UserOut(Wire):
    id: str
    name: str
    email: str
    reference: str | None
    created_at: Moment

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            id=str(user.id),
            name=user.name,
            email=user.email,
            reference=user.reference,
            created_at=utc(user.created_at),
        )
