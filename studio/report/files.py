"""The report's two files, written whole or not at all."""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from studio.core.errors import UserError
from studio.report.page import render_html


def write(report: dict[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write the HTML and the JSON of a report; a second time replaces both. Raises UserError when the disk refuses."""
    session = report["session"]
    day = datetime.fromtimestamp((session["started_ms"] or 0) / 1000).strftime("%Y%m%d-%H%M")
    name = f"report-{day}-{re.sub(r'[^0-9A-Za-z_-]', '', session['id'])[-8:] or 'show'}"
    html_path, json_path = folder / f"{name}.html", folder / f"{name}.json"
    document = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace(json_path, document)
        _replace(html_path, render_html(report))
    except OSError as error:
        raise UserError("report.cannot_write", folder=folder, reason=error.strerror or error) from error
    return html_path, json_path


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("wb") as file:
            file.write(text.encode("utf-8", errors="replace"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
