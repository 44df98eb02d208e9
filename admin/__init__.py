"""Administrators' pages at /admin: reading everything, and keeping reference data. Nothing here moves money."""
