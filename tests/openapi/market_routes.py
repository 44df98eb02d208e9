"""Every route of the market that is not open to strangers, and who may use it: from the program itself."""

from __future__ import annotations

from typing import Final

from api.dependencies import Rights
from tests.openapi.matrix import routes_of
from tests.pages.routes import program

DOCUMENT: Final = program().openapi()
# Who is not known yet, a bank that signs what it says, and what all who are known may read.
_OF_STRANGERS: Final = "oauth/token oauth/revoke sign-ups password-resets passwords"
_OF_BANKS: Final = "bank-webhooks bank-webhooks/{client_id}"
OPEN: Final = {"/health", "/ready", "/docs", "/docs/oauth2-redirect", "/redoc"} | {
    f"/api/v1/{path}" for path in f"{_OF_STRANGERS} {_OF_BANKS}".split()
}
# Reported by payment systems and banks, with keys of their own.
OF_SOURCES: Final = {"/api/v1/deposits"}
FOR_ALL: Final = {"/api/v1/banks", "/api/v1/fees", "/api/v1/deal-titles", "/api/v1/statuses"}
ROUTES: Final = routes_of(program(), Rights, OPEN, with_pages=True)  # `right` None: everybody who is known
