"""How requests come in: API keys, the journal, the gate, and the one path of writes."""
