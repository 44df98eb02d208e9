"""The tree of refusals: every "no" that a caller can provoke, with its stable code.

    Refusal
    ├── Malformed        422  the input itself is wrong; `field` names the culprit
    ├── Unauthenticated  401  no key, or one that is not valid now
    ├── Forbidden        403  a valid key without the scope
    ├── NotFound         404  unknown, or not the caller's
    ├── Conflict         409  valid, but impossible in the present state
    └── Later                 `retry_after_s` says when to try again
        ├── TooMany      429  a limit was reached
        └── Unavailable  503  a part we depend on does not answer; nothing was done

A refusal is a decision of the rules. `NoAnswer` is an outage: another program did not answer. Any other exception is a
bug and is never caught as one of these. Codes are part of the API: they are added, never renamed (docs/errors.md lists
them).
"""

from __future__ import annotations


class Refusal(Exception):
    """A caller's request is refused.

    `code` is stable and meant for programs, `detail` is a sentence for people, `field` is the
    path of the offending input field (dots between levels) or None.
    """

    status = 400

    def __init__(self, code: str, detail: str, field: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.field = field


class NoAnswer(Exception):
    """Another program (the bank, Temporal) did not answer; the message is for the operator."""


class Malformed(Refusal):
    status = 422


class Unauthenticated(Refusal):
    status = 401


class Forbidden(Refusal):
    status = 403


class NotFound(Refusal):
    status = 404


class Conflict(Refusal):
    status = 409


class Later(Refusal):
    def __init__(self, code: str, detail: str, retry_after_s: int) -> None:
        super().__init__(code, detail)
        self.retry_after_s = retry_after_s


class TooMany(Later):
    status = 429


class Unavailable(Later):
    status = 503
