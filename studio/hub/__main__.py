"""``python -m studio.hub serve|seed --dir DIR``: the hub as a child process, without the rest of the studio."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from studio.core.errors import UserError
from studio.hub import cli


def main(arguments: list[str] | None = None) -> int:
    """Run the hub's command line; exit code 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m studio.hub")
    cli.add_arguments(parser.add_subparsers(dest="hub_command", required=True))
    args = parser.parse_args(arguments)
    try:
        return cli.run(args, Path.cwd())
    except UserError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
