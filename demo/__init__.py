"""The demo: a seeded world of banks and clients, a story in acts, faults included, and proof at the end.

Business acts use only the public REST API and the mail catcher, like a marketplace and its buyers; faults use the
bank's behaviour API and the supervisor of the embedded stack.
"""
