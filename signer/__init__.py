"""The signer: the only program that has keys of the chain. The market speaks to it through `signer/client.py`."""
