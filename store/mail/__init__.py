"""News for people, and the mails made of it."""
