"""Who pays whom: one file a lending scheme."""
