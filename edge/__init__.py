"""What market and bank both need at their edges: database, keys, codes, idempotency, problem+json, mail.

A leaf: imports nothing of ours but `domain`.
"""
