"""Pages for buyers and sellers: rendered by the server, usable without script. One noun per file."""
