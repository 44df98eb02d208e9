"""The HTTP API, one noun per file: read the request, let the act do it, shape the answer."""
