"""The command line ``anchor-studio``; exit codes: 0 done, 1 the show suffered, 2 wrong use or a missing library."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from studio import __version__
from studio.core import i18n, settings
from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.paths import Profile, default_data_dir

DONE, SUFFERED, WRONG_USE = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["push-worker"]:
        from studio.video.outputs import push_worker

        return push_worker.main()
    if words[:1] == ["camera-worker"]:
        from studio.video.outputs import camera_worker

        return camera_worker.main(words[1:])
    if words[:1] == ["encoder-trial"]:
        from studio.video import encoder_trial

        return encoder_trial.main(words[1:])
    _use_utf8()
    i18n.set_language(_asked_language(words) or _system_language())
    args = _parser().parse_args(words)
    profile = Profile(Path(args.data).resolve() if args.data else default_data_dir())
    try:
        profile.make()
        chosen = settings.load(profile.settings_file)
        i18n.set_language(args.language or _chosen_language(profile, chosen))
        run: Callable[[argparse.Namespace, Profile], int] = args.run
        return run(args, profile)
    except UserError as error:
        print(f"{tr('cli.error')}{error}", file=sys.stderr)
        return WRONG_USE
    except OSError as error:
        print(f"{tr('cli.error')}{tr('error.cli.os', reason=error)}", file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        return 130


def _use_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace", line_buffering=True)


def _system_language() -> str:
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if spoken.lower().startswith("en") else "zh_CN"


def _asked_language(words: Sequence[str]) -> str | None:
    """What ``--language`` says, looked up before the texts of the command line are made."""
    asked = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    asked.add_argument("--language", choices=i18n.LANGUAGES)
    try:
        return asked.parse_known_args(words)[0].language  # type: ignore[no-any-return]
    except argparse.ArgumentError:
        return None


def _chosen_language(profile: Profile, chosen: settings.Settings) -> str:
    return chosen.language if profile.settings_file.exists() else _system_language()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="anchor-studio", description=tr("cli.about"), epilog=tr("cli.exit_codes"), allow_abbrev=False
    )
    parser.add_argument("--data", metavar="DIR", help=tr("cli.data"))
    parser.add_argument("--language", choices=i18n.LANGUAGES, help=tr("cli.language"))
    parser.add_argument("--version", action="version", version=f"anchor-studio {__version__}")
    parser.set_defaults(run=_open_window)
    commands = parser.add_subparsers(title=tr("cli.commands"), metavar="")
    _add_rehearse(commands)
    _add_hub(commands)
    _add_pool(commands)
    _add_show(commands)
    _add_doctor(commands)
    return parser


def _add_rehearse(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    rehearse = commands.add_parser(
        "rehearse", help=tr("cli.rehearse"), description=tr("cli.rehearse_about"), allow_abbrev=False
    )
    rehearse.add_argument("--headless", action="store_true", help=tr("cli.headless"))
    rehearse.add_argument("--unattended", action="store_true", help=tr("cli.unattended"))
    rehearse.add_argument("--camera", metavar="FILE|DEVICE|test", help=tr("cli.camera"))
    rehearse.add_argument("--rundown", metavar="FILE", type=Path, help=tr("cli.rundown"))
    rehearse.add_argument("--minutes", metavar="M", type=_minutes, default=2.0, help=tr("cli.minutes"))
    rehearse.add_argument("--speed", metavar="X", type=_speed, default=1.0, help=tr("cli.speed"))
    rehearse.add_argument("--canvas", metavar="WxH", default=None, help=tr("cli.canvas"))
    rehearse.add_argument("--out", metavar="DIR", type=Path, help=tr("cli.out"))
    rehearse.add_argument("--hub", metavar="DIR", type=Path, help=tr("cli.hub_dir"))
    rehearse.add_argument("--seed", metavar="N", type=int, default=7, help=tr("cli.seed"))
    rehearse.set_defaults(run=_rehearse)


def _add_hub(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from studio.hub import cli as hub_cli

    hub = commands.add_parser("hub", help=tr("cli.hub"), description=tr("cli.hub"), allow_abbrev=False)
    hub_cli.add_arguments(hub.add_subparsers(title=tr("cli.commands"), metavar="", dest="hub_command", required=True))
    hub.set_defaults(run=lambda args, profile: hub_cli.run(args, profile.folder))


def _add_pool(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from studio.app import pool_cli

    pool_cli.add_arguments(commands)


def _add_show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = commands.add_parser("show", help=tr("cli.show"), description=tr("cli.show"), allow_abbrev=False)
    verbs = show.add_subparsers(title=tr("cli.commands"), metavar="", required=True)
    for name in ("export", "import", "report", "clips"):
        verb = verbs.add_parser(name, help=tr(f"cli.show_{name}"), description=tr(f"cli.show_{name}"))
        if name == "report":
            verb.add_argument("--out", metavar="DIR", type=Path, help=tr("cli.out"))
        elif name == "clips":
            verb.add_argument("--session", metavar="ID", default="", help=tr("cli.show_session"))
            verb.add_argument("--again", action="store_true", help=tr("cli.show_again"))
            verb.add_argument("--out", metavar="DIR", type=Path, help=tr("cli.out"))
        else:
            verb.add_argument("file", metavar="FILE", type=Path, help=tr("cli.show_file"))
        verb.set_defaults(run=_show, show_verb=name)


def _add_doctor(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    doctor = commands.add_parser("doctor", help=tr("cli.doctor"), description=tr("cli.doctor"))
    doctor.add_argument("--json", action="store_true", help=tr("cli.json"))
    doctor.set_defaults(run=_doctor)


def _minutes(text: str) -> float:
    return _between(text, 0.05, 24 * 60, "cli.bad_minutes")


def _speed(text: str) -> float:
    return _between(text, 0.1, 1000, "cli.bad_speed")


def _between(text: str, low: float, high: float, key: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(tr(key, low=low, high=high))
    return value


def _has_display() -> bool:
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("WAYLAND_DISPLAY"):
        return True
    name = os.environ.get("DISPLAY", "")
    if name.startswith(":"):
        return Path(f"/tmp/.X11-unix/X{name[1:].split('.')[0]}").exists()
    return bool(name)


def _check_libraries(*, has_window: bool) -> bool:
    """Say which system libraries Qt misses, before Qt is imported and aborts."""
    from studio.app import qt_libraries

    missing = qt_libraries.missing_qt_libraries(has_window=has_window)
    if missing:
        line = qt_libraries.install_line(has_window=has_window)
        print(tr("cli.missing_libraries", names=", ".join(missing), line=line), file=sys.stderr)
    return not missing


def _rehearse(args: argparse.Namespace, profile: Profile) -> int:
    has_window = not args.headless and _has_display()
    if not _check_libraries(has_window=has_window):
        return WRONG_USE
    from studio.app import rehearsal

    return rehearsal.run(args, profile, has_window=has_window)


def _open_window(args: argparse.Namespace, profile: Profile) -> int:
    if not _has_display():
        print(tr("cli.no_display"), file=sys.stderr)
        return WRONG_USE
    args = _parser().parse_args(["rehearse"])
    if not _check_libraries(has_window=True):
        return WRONG_USE
    from studio.app import rehearsal

    return rehearsal.run(args, profile, has_window=True)


def _show(args: argparse.Namespace, profile: Profile) -> int:
    from studio.app import show_cli

    return show_cli.run(args, profile)


def _doctor(args: argparse.Namespace, profile: Profile) -> int:
    from studio.app import doctor

    return doctor.run(profile, as_json=args.json)
