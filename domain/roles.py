"""Roles: clients act for themselves, staff for the platform.

Every member of staff is an operator. Three rights come on top, each by itself: an approver approves what another
operator asked for, an arbiter decides disputes, an administrator keeps people and reference data. An administrator
approves and decides nothing.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    CLIENT = "client"
    OPERATOR = "operator"
    APPROVER = "approver"
    ARBITER = "arbiter"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """What an API key of a marketplace may be used for."""

    USERS = "users"
    OFFERS = "offers"
    DEALS = "deals"
    PAYMENTS = "payments"
    REFUNDS = "refunds"
    WALLETS = "wallets"
    PAYOUTS = "payouts"
    """To choose the payout accounts of sellers."""
    EVENTS = "events"
    """To read the feed, with every object that it names, and to have it sent to webhook endpoints."""


def staff_roles(*, approver: bool, arbiter: bool, administrator: bool) -> frozenset[Role]:
    """The roles of a member of staff."""
    given = {Role.APPROVER: approver, Role.ARBITER: arbiter, Role.ADMINISTRATOR: administrator}
    return frozenset({Role.OPERATOR, *(role for role, has in given.items() if has)})
