"""Starts Anchor Studio: ``python -m studio`` and the ``anchor-studio`` command."""

import sys

from studio.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
