"""Random examples are the same in every run, so that a change is judged by its own merit;
`run.py test --all` draws new ones."""

import os

from hypothesis import settings

from tests.browser import browser as browser

settings.register_profile("same", derandomize=True)
settings.register_profile("new", derandomize=False)
settings.load_profile("new" if os.environ.get("EICFINANCE_TEST_ALL") else "same")
