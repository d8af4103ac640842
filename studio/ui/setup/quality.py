"""The quality page (画质): what is encoded now, the ladder's steps, and who encodes."""

from __future__ import annotations

from typing import Any

from studio.core.i18n import tr
from studio.ui.bridge import Bridge
from studio.ui.setup.controls import RowButton
from studio.ui.setup.page import SetupPage
from studio.ui.widgets import column, label, set_look

BY_ITSELF = -1


class QualityPage(SetupPage):
    """Wishes ``quality.pin`` and ``encoder.choose``."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self._names: list[str] = []
        self._encoders: list[dict[str, Any]] = []
        self.steps: list[RowButton] = []
        self.encoders: dict[str, RowButton] = {}
        self.now, self.state = label("title", wraps=True), label("fact", "text2", wraps=True)
        self.card("ui.setup.quality.now", self.now, self.state, space=4)
        self.by_itself = RowButton("auto-fix")
        self.by_itself.setObjectName("quality.pin:-1")
        self.by_itself.clicked.connect(lambda: self._pin(BY_ITSELF))
        self.step_list = column(space=4)
        self.card("ui.setup.quality.ladder", self.hint("ui.setup.quality.ladder_help"), self.by_itself, self.step_list)
        self.encoder_list = column(space=4)
        self.card("ui.setup.quality.encoder", self.hint("ui.setup.quality.encoder_help"), self.encoder_list)

    def relabel(self) -> None:
        super().relabel()
        self.by_itself.name(tr("ui.setup.quality.by_itself"))
        self._names, self._encoders = [], []

    def refresh(self, snapshot: dict[str, Any]) -> None:
        self.snapshot = snapshot
        health, setup = snapshot["health"], snapshot["setup"]["quality"]
        quality = health["quality"] if health is not None else None
        self._show_now(quality)
        if quality is not None:
            self._show_steps(quality, setup["pinned"])
        self._show_encoders(setup)

    def _show_now(self, quality: dict[str, Any] | None) -> None:
        if quality is None:
            self.now.setText(tr("ui.bar.starting"))
            self.state.setText("")
            return
        self.now.setText(tr("ui.setup.quality.encoded", name=quality["name"], kbps=quality["kbps"]))
        key = "pinned" if quality["is_pinned"] else "top" if quality["step"] == 0 else "lower"
        self.state.setText(tr(f"ui.setup.quality.state_{key}"))
        set_look(self.state, "tone", "warn" if key == "lower" else "text2")

    def _show_steps(self, quality: dict[str, Any], pinned: int) -> None:
        if quality["steps"] != self._names:
            self._make_steps(quality["steps"])
        self.by_itself.setChecked(pinned == BY_ITSELF)
        for step, button in enumerate(self.steps):
            button.setChecked(step == pinned)
            name = f"{step + 1}  {self._names[step]}"
            button.name(f"{name}  ● {tr('ui.setup.quality.here')}" if step == quality["step"] else name)

    def _make_steps(self, names: list[str]) -> None:
        for button in self.steps:
            self.step_list.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._names, self.steps = names, []
        for step in range(len(names)):
            made = RowButton("stairs-down" if step else "stairs-up")
            made.setObjectName(f"quality.pin:{step}")
            made.clicked.connect(lambda _on, which=step: self._pin(which))
            self.step_list.addWidget(made)
            self.steps.append(made)

    def _show_encoders(self, setup: dict[str, Any]) -> None:
        if setup.get("encoders", []) != self._encoders:
            self._make_encoders(setup["encoders"])
        for name, button in self.encoders.items():
            button.setChecked(name == setup["encoder"])

    def _make_encoders(self, encoders: list[dict[str, Any]]) -> None:
        while (old := self.encoder_list.takeAt(0)) is not None:
            gone = old.widget()
            if gone is not None:
                gone.hide()
                gone.deleteLater()
        self._encoders, self.encoders = encoders, {}
        for encoder in encoders:
            made = RowButton("chip")
            made.name(encoder["name"], encoder["reason"] if not encoder["is_usable"] else "")
            made.clicked.connect(lambda _on, which=encoder["name"]: self._choose(which))
            self.encoders[encoder["name"]] = made
            self.encoder_list.addWidget(made)
            if not encoder["is_usable"]:
                self.encoder_list.addWidget(label("hint", "text2", encoder["reason"], wraps=True))

    def _pin(self, step: int) -> None:
        self.refresh(self.snapshot)
        self.bridge.say("quality.pin", step=step)

    def _choose(self, name: str) -> None:
        self.refresh(self.snapshot)
        self.bridge.say("encoder.choose", name=name)
