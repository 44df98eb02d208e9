"""Gateways: ways for money to come in from outside, behind one protocol (`rails/gateways/gateway.py`)."""
