"""Command line of the hub: ``hub serve`` and ``hub seed``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.core.i18n import tr


def add_arguments(subparsers: Any) -> None:
    """Add ``serve`` and ``seed`` below the command ``hub``."""
    serving = subparsers.add_parser("serve", help=tr("hub.help_serve"), description=tr("hub.help_serve"))
    serving.add_argument("--dir", type=Path, help=tr("hub.help_dir"))
    serving.add_argument("--host", default="127.0.0.1", help=tr("hub.help_host"))
    serving.add_argument("--port", type=_port, default=0, help=tr("hub.help_port"))
    serving.add_argument("--rtmp-port", type=_port, default=0, help=tr("hub.help_rtmp_port"))
    serving.add_argument("--world", type=int, metavar="SEED", help=tr("hub.help_world"))
    serving.add_argument("--speed", type=_speed, default=1.0, help=tr("hub.help_speed"))
    serving.add_argument("--faults", action="store_true", help=tr("hub.help_faults"))
    serving.add_argument("--exit-with-stdin", action="store_true", help=tr("hub.help_exit_with_stdin"))
    serving.add_argument("--kept-changes", type=_count, default=500_000, help=tr("hub.help_kept_changes"))
    seeding = subparsers.add_parser("seed", help=tr("hub.help_seed"), description=tr("hub.help_seed"))
    seeding.add_argument("--dir", type=Path, help=tr("hub.help_dir"))
    seeding.add_argument("--products", type=_count, default=2000, help=tr("hub.help_products"))
    seeding.add_argument("--seed", type=int, default=1, help=tr("hub.help_seed_number"))


def run(args: argparse.Namespace, data_dir: Path) -> int:
    """Do ``args.hub_command`` (serve or seed) in ``--dir`` or else in the profile's hub folder; returns the exit code."""
    args.dir = args.dir or data_dir / "hub"
    return seed(args) if args.hub_command == "seed" else serve(args)


def serve(args: argparse.Namespace) -> int:
    """Serve a hub until it is told to stop; raises UserError when it cannot start."""
    from studio.hub.folder import hold
    from studio.hub.hub import HubOptions
    from studio.hub.server import HubProcess, log_to

    log_to(args.dir)
    options = HubOptions(
        folder=args.dir,
        host=args.host,
        port=args.port,
        rtmp_port=args.rtmp_port,
        world_seed=args.world,
        speed=args.speed,
        has_faults=args.faults,
        kept_changes=args.kept_changes,
    )
    with hold(args.dir):
        HubProcess(options).run(exits_with_stdin=args.exit_with_stdin)
    return 0


def seed(args: argparse.Namespace) -> int:
    """Fill the pool of a hub that is not running; prints how many products it wrote."""
    from studio.hub.catalogue.seeding import seed_pool

    written = seed_pool(args.dir, args.products, args.seed)
    print(tr("hub.seeded", count=written, folder=args.dir))
    return 0


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.01 <= speed <= 1000:
        raise argparse.ArgumentTypeError(tr("hub.bad_speed"))
    return speed


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port < 65536:
        raise argparse.ArgumentTypeError(tr("hub.bad_port"))
    return port


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 50_000_000:
        raise argparse.ArgumentTypeError(tr("hub.bad_count"))
    return count
