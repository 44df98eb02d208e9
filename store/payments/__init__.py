"""Payments, their steps and codes, refunds and overrides, and the books of a deal."""
