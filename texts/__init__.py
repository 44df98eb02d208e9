"""What people read: languages, the one catalogue of translations, and mails. Independent of any front."""
