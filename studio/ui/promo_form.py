"""The form of a new promotion, made from the fields of its kind's settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QIntValidator, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLineEdit, QWidget

from studio.core.errors import UserError
from studio.core.i18n import tr
from studio.core.money import Money
from studio.promo.kinds import KINDS
from studio.ui import theme
from studio.ui.widgets import column, label, place_beside, push_button, row, set_text

CHOICES = {"mode": ("random", "equal")}
FIRST_VALUES: dict[str, Any] = {
    "threshold_fen": 5_900,
    "amount_fen": 2_000,
    "total_count": 300,
    "total_fen": 20_000,
    "count": 100,
}
_WIDTH = 270


class Choice(QWidget):
    """One of a few, as chips side by side."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._group = QButtonGroup(self)
        self._values = tuple(names)
        line = row(space=4)
        for place, name in enumerate(names.values()):
            chip = push_button("chip", "fact", 26)
            chip.setCheckable(True)
            chip.setChecked(place == 0)
            set_text(chip, name)
            self._group.addButton(chip, place)
            line.addWidget(chip, 1)
        self.setLayout(line)

    def value(self) -> str:
        """What is chosen."""
        return self._values[self._group.checkedId()]


class PromoForm(QFrame):
    """Asks for one promotion's settings; hands them on only when they can be read."""

    closed = Signal()

    def __init__(self, anchor: QWidget, kind: str, then: Callable[[str, dict[str, Any]], None]) -> None:
        super().__init__(anchor.window())  # a child, no popup window: input methods work in it
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
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._anchor = anchor
        place_beside(self, anchor, _WIDTH)

    def submit(self) -> None:
        """Read the fields; what cannot be read is said in the form and nothing is lost."""
        try:
            settings = {name: self._value(name) for name in self.inputs}
            KINDS.get(self.kind)(**settings)
        except UserError as error:
            self.problem.setText(str(error))
            self.problem.show()
            place_beside(self, self._anchor, _WIDTH)
            return
        self._then(self.kind, settings)
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self.closed.emit()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submit()
            return
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            self._anchor.setFocus()
            return
        super().keyPressEvent(event)

    def _line(self, field: Field[Any]) -> Any:
        made: QWidget
        first = FIRST_VALUES.get(field.name, None if field.default is MISSING else field.default)
        if field.name in CHOICES:
            made = Choice({each: tr(f"ui.promo.{field.name}_{each}") for each in CHOICES[field.name]})
        elif field.name.endswith("_fen"):
            made = QLineEdit(str(Money(first or 0)).removeprefix("¥").removesuffix(".00"))
        elif isinstance(first, int):
            made = QLineEdit(str(first))
            made.setValidator(QIntValidator(0, 1_000_000, made))
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
        if isinstance(made, Choice):
            return made.value()
        if not isinstance(made, QLineEdit):
            raise TypeError(f"no value can be read from a {type(made).__name__}")
        if name.endswith("_fen"):
            return Money.from_yuan(made.text()).fen
        return int(made.text() or 0) if made.validator() is not None else made.text().strip()
