"""What the bank does, one noun per file: each function works in its caller's transaction."""
