"""The quality page (画质): what is encoded now, the ladder's steps, and who encodes."""

from __future__ import annotations

from typing import Any

from studio.core.errors import UserError
from studio.core.i18n import language, texts, tr
from studio.desk.queries import ListEncoders
from studio.ui.bridge import Bridge
from studio.ui.setup.controls import RowButton
from studio.ui.setup.page import SetupPage
from studio.ui.widgets import column, label, push_button, set_look, set_text

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
        self.trial = push_button("flat", "strong", 28)
        self.trial.clicked.connect(self.try_encoders)
        self._is_trying = False
        help_ = self.hint("ui.setup.quality.encoder_help")
        self.card("ui.setup.quality.encoder", help_, self.encoder_list, aside=self.trial)

    def relabel(self) -> None:
        super().relabel()
        self.by_itself.name(tr("ui.setup.quality.by_itself"))
        self._show_trial()
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
        encoders = setup["encoders"] or [{"name": setup["encoder"], "is_usable": True, "reason_key": ""}]
        if encoders != self._encoders:
            self._make_encoders(encoders)
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
            name = encoder["name"]
            why = "" if encoder["is_usable"] else tr(encoder["reason_key"] or "ui.setup.quality.untried")
            made = self.encoders[name] = RowButton("chip")
            made.name(encoder_name(name), why if encoder["is_usable"] is False else "")
            made.clicked.connect(lambda _on, which=name: self._choose(which))
            self.encoder_list.addWidget(made)
            if why:
                self.encoder_list.addWidget(label("hint", "text2", why, wraps=True))

    def try_encoders(self) -> None:
        """Have every encoder of this computer tried; what came of it stands in the snapshot."""
        self._is_trying = True
        self._show_trial()
        self.bridge.read(ListEncoders(), self._tried, self._not_tried)

    def _tried(self, _verdicts: object) -> None:
        self._is_trying = False
        self._show_trial()

    def _not_tried(self, error: UserError) -> None:
        self._tried(None)
        self.bridge.noticed.emit("error", str(error))

    def _show_trial(self) -> None:
        self.trial.setEnabled(not self._is_trying)
        set_text(self.trial, tr("ui.setup.quality.trying" if self._is_trying else "ui.setup.quality.try"))

    def _pin(self, step: int) -> None:
        self.refresh(self.snapshot)
        self.bridge.say("quality.pin", step=step)

    def _choose(self, name: str) -> None:
        self.refresh(self.snapshot)
        self.bridge.say("encoder.choose", name=name)


def encoder_name(name: str) -> str:
    """What people call an encoder; one that is not known goes by its own name."""
    key = f"ui.setup.quality.encoder_{name}"
    return tr(key) if key in texts(language()) else name
