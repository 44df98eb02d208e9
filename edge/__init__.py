"""What market and bank share at their edges: database, keys, codes, idempotency, problem+json, mail.

A leaf: of our packages it imports only `domain`.
"""
