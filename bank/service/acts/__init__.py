"""The bank's acts, one noun per file: each function works in its caller's transaction."""
