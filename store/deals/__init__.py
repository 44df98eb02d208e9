"""Deals, and what they are about."""
