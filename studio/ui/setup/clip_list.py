"""The clips (切片) of the show: one line each, and the way to their folder."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from studio.core.i18n import tr
from studio.ui import figures
from studio.ui.widgets import ElideLabel, column, label, open_folder, push_button, row, set_look, set_text


class ClipList(QWidget):
    """Built anew only when the list changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._shown: list[dict[str, Any]] | None = None
        self._language = ""
        self.lines: list[QWidget] = []
        self.nothing = label("fact", "text2", wraps=True)
        self.folder = push_button("", "strong", 30)
        self.folder.clicked.connect(self.open_folder)
        self._column = column(space=4)
        self.setLayout(column(self.nothing, self._column, row(self.folder, None), space=6))

    def show_clips(self, clips: list[dict[str, Any]]) -> None:
        """Show these clips, the newest first."""
        words = tr("ui.setup.open_folder")
        if clips == self._shown and words == self._language:
            return
        self._shown, self._language = clips, words
        set_text(self.folder, words)
        for line in self.lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [self._line(clip) for clip in reversed(clips)]
        for line in self.lines:
            self._column.addWidget(line)
        self.nothing.setText(tr("ui.setup.outputs.no_clips"))
        self.nothing.setVisible(not clips)
        self.folder.setVisible(any(clip["path"] for clip in clips))

    def open_folder(self) -> None:
        """Show where the clips lie."""
        path = next((clip["path"] for clip in reversed(self._shown or []) if clip["path"]), "")
        if path:
            open_folder(path)

    def _line(self, clip: dict[str, Any]) -> QWidget:
        made = QWidget()
        made.setObjectName("plain")
        title, aside = ElideLabel("body"), label("fact", "text2")
        title.setText(clip["title"])
        state = clip["state"]
        aside.setText(figures.duration(clip["seconds"]) if state == "done" else tr(f"ui.setup.outputs.clip_{state}"))
        set_look(aside, "tone", "warn" if state == "failed" else "text2")
        line = row(title, aside)
        line.setStretch(0, 1)
        made.setLayout(line)
        return made
