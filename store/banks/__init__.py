"""Banks as the market knows them, and accounts at them."""
