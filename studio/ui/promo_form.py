"""The form of a new promotion, made from the fields of its kind's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QSpinBox, QWidget

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.money import Money
from studio.promo.kinds import KINDS
from studio.ui import theme
from studio.ui.widgets import column, label, push_button, row, set_text

CHOICES = {"mode": ("random", "equal")}
FIRST_VALUES: dict[str, Any] = {
    "threshold_fen": 5_900,
    "amount_fen": 2_000,
    "total_count": 300,
    "total_fen": 20_000,
    "count": 100,
}
_WIDTH = 270


class PromoForm(QFrame):
    """Asks for one promotion's settings; hands them on only when they can be read."""

    def __init__(self, anchor: QWidget, kind: str, then: Callable[[str, dict[str, Any]], None]) -> None:
        super().__init__(anchor.window(), Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.kind = kind
        self._then = then
        self.inputs: dict[str, QWidget] = {}
        self.setAccessibleName(tr(f"ui.promo.kind_{kind}"))
        self._column = column(label("title", text=tr(f"ui.promo.kind_{kind}")), space=8, margin=12)
        for field in fields(KINDS.get(kind)):
            if field.name != "product_id":
                self._column.addLayout(self._line(field))
        self.problem = label("strong", "warn", wraps=True)
        self.problem.hide()
        self.ok_button = push_button("go")
        set_text(self.ok_button, tr("ui.promo.plan"))
        self.ok_button.clicked.connect(self.submit)
        cancel = push_button("flat")
        set_text(cancel, tr("ui.promo.cancel"))
        cancel.clicked.connect(self.close)
        self._column.addWidget(self.problem)
        self._column.addLayout(row(None, cancel, self.ok_button))
        self.setLayout(self._column)
        self.setFixedWidth(_WIDTH)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.adjustSize()
        corner = anchor.mapToGlobal(QPoint(anchor.width() - _WIDTH, anchor.height() + 4))
        self.move(corner)

    def submit(self) -> None:
        """Read the fields; what cannot be read is said in the form and nothing is lost."""
        try:
            settings = {name: self._value(name) for name in self.inputs}
            KINDS.get(self.kind)(**settings)
        except UserError as error:
            self.problem.setText(str(error))
            self.problem.show()
            self.adjustSize()
            return
        self._then(self.kind, settings)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
            return
        super().keyPressEvent(event)

    def _line(self, field: Field[Any]) -> Any:
        made: QWidget
        first = FIRST_VALUES.get(field.name, None if field.default is MISSING else field.default)
        if field.name in CHOICES:
            made = QComboBox()
            for choice in CHOICES[field.name]:
                made.addItem(tr(f"ui.promo.{field.name}_{choice}"), choice)
        elif field.name.endswith("_fen"):
            made = QLineEdit(str(Money(first or 0)).removeprefix("¥").removesuffix(".00"))
        elif isinstance(first, int):
            made = QSpinBox()
            made.setRange(0, 100_000)
            made.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
            made.setValue(first)
        else:
            made = QLineEdit(tr(f"ui.promo.first_name_{self.kind}"))
        made.setFont(theme.font("body"))
        name = tr(f"ui.promo.field_{field.name}")
        made.setAccessibleName(name)
        made.setFixedWidth(120)
        self.inputs[field.name] = made
        return row(label("fact", "text2", name), None, made)

    def _value(self, name: str) -> Any:
        made = self.inputs[name]
        if isinstance(made, QComboBox):
            return made.currentData()
        if isinstance(made, QSpinBox):
            return made.value()
        if not isinstance(made, QLineEdit):
            raise TypeError(f"no value can be read from a {type(made).__name__}")
        return Money.from_yuan(made.text()).fen if name.endswith("_fen") else made.text().strip()
