"""People: users, staff, log-ins, keys, and what changes of a person wait for."""
