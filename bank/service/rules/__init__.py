"""What the bank decides, without a database and without a clock."""
