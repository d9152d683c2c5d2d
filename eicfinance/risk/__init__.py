"""Credit loss: closed forms beside simulation."""
