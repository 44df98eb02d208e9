"""TRON: the typed client of a node, and `tron.node`, a node to develop and test against."""
