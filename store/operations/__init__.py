"""What the market as a whole keeps: settings, limits, answers by key, redrives, checkpoints."""
