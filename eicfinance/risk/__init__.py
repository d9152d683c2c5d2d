"""What may come otherwise: random paths, and credit loss in closed form."""
