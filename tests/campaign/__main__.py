"""``python -m tests.campaign``: see :mod:`tests.campaign.runner`."""

import sys

from tests.campaign.runner import main

if __name__ == "__main__":
    sys.exit(main())
