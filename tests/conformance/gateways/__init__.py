"""The conformance kit of gateways: what the adapter of every one, with its reader, must do."""
