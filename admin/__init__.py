"""Administrators' pages at /admin: reading everything, and maintaining reference data. Nothing here moves money."""
