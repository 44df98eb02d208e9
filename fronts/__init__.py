"""Shared by REST, pages and administration: the services of the program, cookies, and the answers to writes."""
