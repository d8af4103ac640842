"""What the pages are made of: sliders, chips to choose from, switches, rows to press."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QSlider, QWidget

from studio.ui import theme
from studio.ui.widgets import label, push_button, row, set_text

NAME_WIDTH, VALUE_WIDTH = 72, 58


class CalmSlider(QSlider):
    """A slider that the wheel does not move, so that scrolling past it changes nothing; a double click puts it back."""

    put_back = Signal()

    def __init__(self, low: int, high: int, step: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setPageStep(max(step, (high - low) // 10))
        self.setMinimumWidth(90)
        self.setMinimumHeight(24)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.put_back.emit()


class NamedSlider(QWidget):
    """Name, slider and value in one line; ``moved`` while a person changes it, ``released`` when they let go."""

    moved = Signal()
    released = Signal()

    def __init__(
        self, low: int, high: int, *, step: int = 1, first: int = 0, shown: Callable[[int], str] | None = None
    ) -> None:
        super().__init__()
        self.setObjectName("plain")
        self._shown, self._first = shown or _signed, first
        self.title = label("fact", "text2")
        self.title.setFixedWidth(NAME_WIDTH)
        self.slider = CalmSlider(low, high, step)
        self.slider.setProperty("look", "signed" if low < 0 else "")
        self.slider.setValue(first)
        self.figure = label("fact")
        self.figure.setFixedWidth(VALUE_WIDTH)
        self.figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = row(self.title, self.slider, self.figure, space=6)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.slider.valueChanged.connect(self._changed)
        self.slider.sliderReleased.connect(self.released)
        self.slider.put_back.connect(lambda: self.slider.setValue(self._first))
        self._show()

    def name(self, text: str) -> None:
        """Say what it changes."""
        self.title.setText(text)
        self.slider.setAccessibleName(text)
        self._show()

    def value(self) -> int:
        """Where it stands."""
        return self.slider.value()

    def is_down(self) -> bool:
        """Whether a finger holds it."""
        return self.slider.isSliderDown()

    def follow(self, value: int) -> None:
        """Show what is so, without wishing anything."""
        if value != self.slider.value() and not self.is_down():
            self.slider.blockSignals(True)
            self.slider.setValue(value)
            self.slider.blockSignals(False)
            self._show()

    def _changed(self) -> None:
        self._show()
        self.moved.emit()

    def _show(self) -> None:
        text = self._shown(self.slider.value())
        self.figure.setText(text)
        self.slider.setToolTip(f"{self.title.text()} {text}")


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else str(value).replace("-", "−")


class Chips(QWidget):
    """One of a few, as chips side by side; ``chosen(value)`` only when a person chooses."""

    chosen = Signal(object)

    def __init__(self, values: Iterable[Any]) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.buttons: dict[Any, QPushButton] = {}
        self._group = QButtonGroup(self)
        line = row(space=4)
        for value in values:
            chip = self.buttons[value] = switch()
            self._group.addButton(chip)
            line.addWidget(chip)
            chip.clicked.connect(lambda _on, which=value: self.chosen.emit(which))
        line.addStretch(1)
        self.setLayout(line)

    def name(self, title: str, texts: dict[Any, str]) -> None:
        """Say what is chosen here, and what each chip stands for."""
        self.setAccessibleName(title)
        for value, chip in self.buttons.items():
            set_text(chip, texts[value], f"{title} {texts[value]}")

    def value(self) -> Any:
        """What is chosen, or None."""
        return next((value for value, chip in self.buttons.items() if chip.isChecked()), None)

    def follow(self, value: Any) -> None:
        """Show what is so; a value that is not here leaves no chip chosen."""
        if self.value() == value:
            return
        self._group.setExclusive(False)
        for each, chip in self.buttons.items():
            chip.setChecked(each == value)
        self._group.setExclusive(True)


def switch() -> QPushButton:
    """A chip that is on or off."""
    made = push_button("chip", "fact", 26)
    made.setCheckable(True)
    return made


class RowButton(QPushButton):
    """A whole line to press; a text that does not fit is elided and stands whole in the tooltip."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self.setFont(theme.font("body"))
        self.setMinimumHeight(theme.BUTTON_HEIGHT)
        self.setAutoDefault(False)
        self.setCheckable(True)
        self.setProperty("look", "row")
        self._icon, self._whole, self._why = icon, "", ""

    def name(self, text: str, why: str = "") -> None:
        """Say what it chooses, and why it cannot be chosen."""
        self._whole, self._why = text, why
        self.setAccessibleName(text)
        self.setIcon(theme.icon(self._icon, "text2"))
        self.setEnabled(not why)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, theme.BUTTON_HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - self.iconSize().width() - 34
        shown = QFontMetrics(self.font()).elidedText(self._whole, Qt.TextElideMode.ElideMiddle, max(20, room))
        self.setText(shown.replace("&", "&&"))
        self.setToolTip(self._why or (self._whole if shown != self._whole else ""))


def field(name: str, *, is_secret: bool = False) -> QLineEdit:
    """A line to type in; ``name`` is its object name. A secret is shown as dots and can be pasted."""
    made = QLineEdit()
    made.setObjectName(name)
    made.setFont(theme.font("body"))
    made.setMaxLength(500)
    if is_secret:
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    return made
