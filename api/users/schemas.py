from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import Id, Language, Moment, Name, PageOut
from edge.wire import CleanText, Email, Line, Wire, utc, utc_or_none
from market.users import Client, Details
from store.people.logins import Login
from store.people.users import User


class UserChangeIn(Wire):
    """Everything that can change; repeat what stays the same."""

    name: Name
    email: Email
    language: Language = "en"

    def details(self) -> Details:
        return Details(self.name, self.email, self.language)


class UserIn(UserChangeIn):
    """A new user of the marketplace."""

    reference: Annotated[
        Line | None, Field(min_length=1, max_length=200, description="Your own id of the user; unique.")
    ] = None


class ClientIn(UserIn):
    """A client who logs in, made by an administrator."""

    marketplace_id: Id
    login: Annotated[CleanText, Field(min_length=1, max_length=254)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class UserOut(Wire):
    id: str
    name: str
    email: str
    wanted_email: Annotated[str | None, Field(description="The new address, once the link mailed there is used.")]
    language: str
    reference: str | None
    created_at: Moment

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            id=str(user.id),
            name=user.name,
            email=user.email,
            wanted_email=user.wanted_email,
            language=user.language,
            reference=user.reference,
            created_at=utc(user.created_at),
        )


class UsersOut(PageOut[UserOut]):
    pass


class LoginOut(Wire):
    """A user's login. One with `disabled_at` is disabled."""

    user_id: str
    login: str
    disabled_at: Moment | None

    @classmethod
    def of(cls, login: Login) -> LoginOut:
        return cls(user_id=str(login.user_id), login=login.name, disabled_at=utc_or_none(login.disabled_at))


class ClientOut(UserOut):
    marketplace_id: str
    login: str


def client_out(client: Client) -> ClientOut:
    user = client.user
    fields = UserOut.of(user).model_dump() | {"marketplace_id": str(user.marketplace_id), "login": client.login.name}
    return ClientOut.model_validate(fields)
