"""Answers given to marketplaces and operators, by their idempotency keys."""

from __future__ import annotations

from edge.idempotency import answers_table
from store.base import Base

ANSWERS = answers_table(Base.metadata)
