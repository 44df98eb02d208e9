"""What is read from outside by gateways: addresses, how far each source has been read, and what has arrived."""
