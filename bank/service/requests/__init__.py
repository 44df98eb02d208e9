"""Incoming requests: API keys, the journal, the gate, and the one path of writes."""
