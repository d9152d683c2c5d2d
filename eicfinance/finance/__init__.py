"""Uses and sources, a loan, tax, returns: what a project's plant means in money."""
