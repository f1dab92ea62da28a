"""``python -m renkei.cli``: the command line where no script is installed."""

import sys

from renkei.cli import main

sys.exit(main())
