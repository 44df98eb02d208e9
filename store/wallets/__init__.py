"""Wallets and what moves money between them."""
