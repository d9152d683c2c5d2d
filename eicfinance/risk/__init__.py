"""What may come otherwise: scenarios, and how often."""
