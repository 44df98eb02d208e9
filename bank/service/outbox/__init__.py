"""Messages that are stored with what they are about, and delivered after the commit: codes to owners, webhooks."""
