"""One push target (推流): where it goes, what was accepted there, why not, and the guarded way on and off."""

from __future__ import annotations

from typing import Any

from studio.core.i18n import tr
from studio.ui import figures
from studio.ui.action_button import NO_ICON, action_button
from studio.ui.bridge import Bridge
from studio.ui.confirm import ConfirmPopup
from studio.ui.widgets import Card, ElideLabel, column, label, push_button, row, set_look, set_text

TONES = {
    "live": "ok",
    "connecting": "info",
    "reconnecting": "warn",
    "refused": "live",
    "failed": "warn",
    "off": "text2",
}
MASK = "••••••••"


class PushCard(Card):
    """Wishes ``push.start``, ``push.stop`` and ``push.remove``; the platform's own push goes with the show."""

    def __init__(self, bridge: Bridge, name: str, *, is_own: bool) -> None:
        super().__init__()
        self.setProperty("look", "inner")
        self._bridge, self._name, self._is_own = bridge, name, is_own
        self.title, self.state = ElideLabel("title"), label("strong")
        self.address, self.key = ElideLabel("fact", "text2"), label("fact", "text2")
        self.facts = label("fact", "text2", wraps=True)
        self.reason = label("fact", "warn", wraps=True)
        args = lambda: {"name": name}  # noqa: E731
        self.start = action_button(
            bridge, "push.start", args, question=self._start_question, look="live", role="strong"
        )
        self.stop = action_button(bridge, "push.stop", args, question=self._stop_question, look="", role="strong")
        for button in (self.start, self.stop):
            button.setMinimumHeight(30)
        self.remove = push_button("flat", "strong", 28)
        self.remove.clicked.connect(self._ask_to_remove)
        top = row(self.title, self.state)
        top.setStretch(0, 1)
        inner = column(top, self.address, self.key, self.facts, self.reason, space=4)
        if not is_own:
            inner.addLayout(row(self.remove, None, self.start, self.stop))
        inner.setContentsMargins(10, 8, 10, 8)
        self.setLayout(inner)
        self.relabel()

    def relabel(self) -> None:
        """Say everything again, in the language and colours of now."""
        self.title.setText(tr("ui.setup.outputs.platform") if self._is_own else self._name)
        self.start.name(tr("ui.setup.outputs.push_start"), icon=NO_ICON, accessible=self._start_question())
        self.stop.name(tr("ui.setup.outputs.push_stop"), icon=NO_ICON, accessible=self._stop_question())
        set_text(self.remove, tr("ui.setup.remove"), f"{self._name} {tr('ui.setup.remove')}")

    def refresh(self, target: dict[str, Any], push: dict[str, Any] | None) -> None:
        """Show the target as it is."""
        state = push["state"] if push is not None else "off"
        self.state.setText(tr(f"ui.setup.outputs.state_{state}"))
        set_look(self.state, "tone", TONES[state])
        self.address.setText(target["url"] or tr("ui.setup.outputs.platform_help"))
        self.key.setVisible(not self._is_own)
        known = MASK if target["is_key_known"] else tr("ui.setup.outputs.no_key")
        self.key.setText(tr("ui.setup.outputs.key", key=known))
        self.facts.setVisible(push is not None and state != "off")
        if push is not None:
            self.facts.setText(self._facts(push))
        reason = push["reason_key"] if push is not None else ""
        self.reason.setVisible(bool(reason) and state not in ("live", "off"))
        if reason:
            self.reason.setText(tr(reason))
        self.start.setVisible(not self._is_own and not target["is_on"])
        self.stop.setVisible(not self._is_own and target["is_on"])
        self.remove.setEnabled(not target["is_on"])
        self.remove.setToolTip(tr("ui.setup.outputs.stop_first") if target["is_on"] else "")

    def _facts(self, push: dict[str, Any]) -> str:
        rate = tr("ui.setup.outputs.accepted", rate=figures.bit_rate(push["bitrate_bps"]))
        sent = figures.size(push["bytes_accepted"])
        parts = [rate, sent, tr("ui.setup.outputs.reconnects", count=figures.count(push["reconnects"]))]
        if push["dropped"]:
            parts.append(tr("ui.bar.dropped", count=figures.count(push["dropped"])))
        return " · ".join(parts)

    def _start_question(self) -> str:
        return tr("ui.setup.outputs.start_question", name=self._name)

    def _stop_question(self) -> str:
        return tr("ui.setup.outputs.stop_question", name=self._name)

    def _ask_to_remove(self) -> None:
        question = tr("ui.setup.outputs.remove_question", name=self._name)
        ConfirmPopup.ask(self.remove, question, tr("ui.setup.remove"), self._remove)

    def _remove(self) -> None:
        self._bridge.say("push.remove", name=self._name)
