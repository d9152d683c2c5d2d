"""`python -m eicfinance` is the same as the command `eicfinance`."""

from eicfinance.cli import main

main()
