"""What people read: languages, the one catalogue of translations, and mails. Nothing here knows who reads it where."""
