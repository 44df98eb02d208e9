"""Administrators' pages at /admin: they show everything, keep reference data, and take a second person's decisions."""
