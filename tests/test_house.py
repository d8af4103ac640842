"""The house rules that no linter knows: texts complete in both languages, Qt in its rooms, small files, one OpenCV."""

from __future__ import annotations

import ast
import configparser
import importlib.metadata
import re
import string
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from studio.core import i18n

ROOT = Path(__file__).parents[1]
ROOMS = sorted(path.parent for path in (ROOT / "studio").glob("*/__init__.py"))
MOST_LINES = 500
SIGN_LINES = 10
PLACES = {
    "studio.ui": None,
    "studio.app": None,
    "studio.video.overlays": {"QtCore", "QtGui"},
    "plugins": {"QtCore", "QtGui"},
}
"""Where PySide6 may be imported, and which of its modules (None: all)."""


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(node: ast.AST, path: Path) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', '?')}"


@cache
def texts(language: str) -> dict[str, str]:
    """The studio's texts and those that plugins bring."""
    known = dict(i18n.texts(language))
    for path in (ROOT / "plugins").glob("*/plugin.toml"):
        known |= tomllib.loads(path.read_text(encoding="utf-8")).get("texts", {}).get(language, {})
    return known


def blanks(text: str) -> set[str]:
    """The names in braces; what is no name (a piece of JSON in a help text) is text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name and name.isidentifier()}


# --- texts -----------------------------------------------------------------------------------------------------------


def test_both_languages_have_the_same_keys() -> None:
    zh, en = texts("zh_CN"), texts("en")
    assert sorted(zh.keys() - en.keys()) == []
    assert sorted(en.keys() - zh.keys()) == []


def test_both_languages_have_the_same_blanks_and_no_empty_text() -> None:
    zh, en = texts("zh_CN"), texts("en")
    assert {key: (zh[key], en[key]) for key in zh.keys() & en.keys() if blanks(zh[key]) != blanks(en[key])} == {}
    assert [key for known in (zh, en) for key, text in known.items() if not text.strip()] == []


def test_chinese_texts_are_chinese() -> None:
    """A sentence of Latin letters in the Chinese file was forgotten; names, figures and codes may stay."""
    forgotten = {
        key: text
        for key, text in texts("zh_CN").items()
        if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w*\}", "", text))) >= 4
        and not re.search(r"[\u4e00-\u9fff]", text)
        and "apt-get" not in text
    }
    assert forgotten == {}


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    """Every call of tr and UserError with its name."""
    for path in sources("studio", "plugins"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in ("tr", "UserError"):
                    yield path, node, name


def literals(node: ast.expr) -> list[str]:
    """The keys that an expression can be, as far as they are written out; both sides of ``a if b else c``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [*literals(node.body), *literals(node.orelse)] if isinstance(node, ast.IfExp) else []


def test_every_key_in_the_code_has_a_text() -> None:
    known = texts("zh_CN")
    missing = [
        f"{place(node, path)} {key}" for path, node, _ in calls() for key in literals(node.args[0]) if key not in known
    ]
    assert missing == []


def test_every_blank_of_a_text_is_filled() -> None:
    known, unfilled = texts("zh_CN"), []
    for path, node, _ in calls():
        given = {keyword.arg for keyword in node.keywords}
        if None in given:  # **names: not written out here
            continue
        for key in literals(node.args[0]):
            wanted = blanks(known.get(key, ""))
            if wanted - given:
                unfilled.append(f"{place(node, path)} {key} lacks {sorted(wanted - given)}")
    assert unfilled == []


def test_keys_made_of_pieces_have_texts_behind_their_beginning() -> None:
    known, lost = texts("zh_CN"), []
    for path, node, _ in calls():
        key = node.args[0]
        if isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
            beginning = str(key.values[0].value)
            if not any(name.startswith(beginning) for name in known):
                lost.append(f"{place(node, path)} {beginning}…")
    assert lost == []


def test_keys_handed_on_by_name_have_a_text() -> None:
    """``reason_key="video.x"`` and the like are shown by somebody later."""
    known, missing = texts("zh_CN"), []
    for path in sources("studio", "plugins"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and (node.arg or "").endswith("_key"):
                missing += [
                    f"{place(node, path)} {key}" for key in literals(node.value) if "." in key and key not in known
                ]
    assert missing == []


# --- rooms -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_door_has_a_sign(room: Path) -> None:
    sign = ast.get_docstring(tree(room / "__init__.py")) or ""
    assert sign, "say what lives here, what it may import, how to add one"
    assert len(sign.splitlines()) <= SIGN_LINES


def test_qt_stays_in_its_rooms() -> None:
    astray = []
    for path in sources("studio", "plugins"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        allowed = next((mods for home, mods in PLACES.items() if f"{module}.".startswith(f"{home}.")), set())
        for node in ast.walk(tree(path)):
            for name in _qt_modules(node):
                if allowed is not None and name not in allowed:
                    astray.append(f"{place(node, path)} PySide6.{name}")
    assert astray == []


def _qt_modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [(alias.name.split(".") + [""])[1] for alias in node.names if alias.name.split(".")[0] == "PySide6"]
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "PySide6":
        parts = str(node.module).split(".")
        return [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
    return []


def test_rooms_take_a_clock() -> None:
    """Wall time is read in core only; elsewhere it is passed in."""
    found = []
    for path in sources("studio", "plugins"):
        if (ROOT / "studio" / "core") in path.parents:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                found += [f"{place(node, path)} {a.name}" for a in node.names if a.name in ("time", "time_ns")]
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called = (node.value.id, node.attr)
                if called in (
                    ("time", "time"),
                    ("time", "time_ns"),
                    ("datetime", "now"),
                    ("datetime", "utcnow"),
                    ("date", "today"),
                ):
                    found.append(f"{place(node, path)} {'.'.join(called)}")
    assert found == []


def test_files_are_small() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources("studio", "plugins", "tests")
    }
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_contract_forgets_a_room() -> None:
    """A contract that keeps a library in its room names every other room; a new room must be added to all of them."""
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter")
    homes = {
        "plugins": None, "hub": None, "rings": None, "qt": {"ui", "app"}, "databases": {"store", "hub"}, "picture": {"video"},
        "codecs": {"video", "hub"}, "requests": {"platforms"}, "keyring": {"app"}, "pinyin": {"pool"},
        "servers": {"hub", "remote", "platforms"},
    }  # fmt: skip
    contracts = {name.rsplit(":", 1)[1]: rules[name] for name in rules.sections() if ":contract:" in name}
    assert contracts.keys() == homes.keys()
    rooms = {room.name for room in ROOMS}
    for name, home in homes.items():
        if home is not None:
            named = {line.removeprefix("studio.") for line in contracts[name]["source_modules"].split()}
            assert rooms - home <= named, name
    entered = {line.removeprefix("studio.") for line in contracts["plugins"]["forbidden_modules"].split()}
    assert rooms <= entered


# --- packages --------------------------------------------------------------------------------------------------------


def project() -> dict[str, Any]:
    described: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return described


def test_one_opencv_is_installed() -> None:
    found = [
        d.metadata["Name"] for d in importlib.metadata.distributions() if "opencv" in (d.metadata["Name"] or "").lower()
    ]
    assert found == ["opencv-python-headless"]


def test_the_lock_names_no_host_and_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    locked = {match.lower().replace("_", "-") for match in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE)}
    wanted = [*project()["dependencies"], *project()["optional-dependencies"]["test"]]
    assert {Requirement(line).name.lower().replace("_", "-") for line in wanted} - locked == set()


def _carried(name: str, seen: dict[str, str]) -> dict[str, str]:
    """Everything that is installed with a package on this machine, by its own name."""
    try:
        found = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return seen
    own = found.metadata["Name"]
    if own not in seen:
        seen[own] = found.version
        for line in found.requires or []:
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                _carried(wanted.name, seen)
    return seen


def test_the_notice_names_every_package_that_travels_along() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    carried: dict[str, str] = {}
    for line in project()["dependencies"]:  # not from what is installed: an older install still names what was dropped
        _carried(Requirement(line).name, carried)
    assert len(carried) > 20
    assert [name for name in carried if not re.search(rf"\b{re.escape(name)}\b", notice)] == []


def test_the_licence_is_the_whole_gpl() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text and "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_this_qt_gives_no_reference_to_none_away() -> None:
    """PySide6 6.12.0 on Python 3.11 dies after some six thousand void calls."""
    code = "from PySide6.QtGui import QImage\ni = QImage(2, 2, QImage.Format.Format_RGB32)\nfor _ in range(20_000): i.fill(0)\n"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
