"""The pool (商品池): search as you type, narrow with chips, add to the rundown."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QMenu, QProgressBar, QStackedLayout, QWidget

from studio.core.errors import UserError
from studio.core.goods import Product
from studio.core.i18n import tr
from studio.core.money import Money
from studio.desk.queries import SearchPool
from studio.pool.search import SORTS, SearchQuery, SearchResult
from studio.ui import figures, theme
from studio.ui.action_button import action_button
from studio.ui.bridge import Bridge
from studio.ui.flow_layout import FlowLayout
from studio.ui.pictures import PictureShelf
from studio.ui.pool_list import PRODUCT, PoolModel, ProductDelegate
from studio.ui.search_field import SearchField
from studio.ui.widgets import ElideLabel, StudioDock, column, label, push_button, row, set_text

PAGE = 100
MOST_HITS = 2_000
GOOD_COMMISSION_BP = 1_500
PRICES: tuple[tuple[str, int | None, int | None], ...] = (
    ("any", None, None),
    ("to_20", None, 2_000),
    ("20_50", 2_000, 5_000),
    ("50_100", 5_000, 10_000),
    ("from_100", 10_000, None),
)


class HitList(QListView):
    """The hits; Enter adds the chosen one."""

    def __init__(self) -> None:
        super().__init__()
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(60)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.doubleClicked.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()


class PoolDock(StudioDock):
    """Finds products and adds them to the rundown."""

    name = "pool"

    def __init__(self, bridge: Bridge, shelf: PictureShelf) -> None:
        super().__init__(bridge)
        self._price, self._category, self._sort = 0, "", SORTS[0]
        self._asked = 0
        self._is_asking_more = False
        self._result: SearchResult | None = None
        self._error = ""
        self._pool: dict[str, Any] = {}
        self._now_ms = 0
        self.search = SearchField()
        self.search.rested.connect(lambda _text: self.ask())
        self.sync_button = action_button(bridge, "pool.sync", look="flat")
        self.sync_button.setFixedSize(28, 26)
        self.aside.hide()
        self.header_row.addWidget(self.sync_button)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.model = PoolModel()
        self.list = HitList()
        self.list.setModel(self.model)
        self.delegate = ProductDelegate(shelf)
        self.list.setItemDelegate(self.delegate)
        self.list.doubleClicked.connect(lambda index: self.add(index.data(PRODUCT)))
        self.delegate.plus_pressed.connect(self.add)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        shelf.arrived.connect(self.model.repaint)
        self._build()
        self.relabel()

    def _build(self) -> None:
        self.commission_chip = self._chip(is_checkable=True)
        self.stock_chip = self._chip(is_checkable=True)
        self.price_chip = self._chip(is_checkable=False)
        self.category_chip = self._chip(is_checkable=False)
        self.sort_button = push_button("flat", "fact", 26)
        self.price_chip.clicked.connect(self._choose_price)
        self.category_chip.clicked.connect(self._choose_category)
        self.sort_button.clicked.connect(self._choose_sort)
        chips = FlowLayout()
        for chip in (self.commission_chip, self.stock_chip, self.price_chip, self.category_chip):
            chips.addWidget(chip)
        self.found = ElideLabel("fact", "text2")
        found_row = row(self.found, None, self.sort_button)
        self.empty = label("body", "text2", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.first_sync = action_button(self.bridge, "pool.sync", look="go")
        empty_page = QWidget()
        empty_page.setObjectName("plain")
        empty_page.setLayout(column(24, self.empty, row(None, self.first_sync, None), None, space=12))
        self._pages = QStackedLayout()
        self._pages.addWidget(self.list)
        self._pages.addWidget(empty_page)
        for part in (self.search, self.progress):
            self.body_column.addWidget(part)
        self.body_column.addLayout(chips)
        self.body_column.addLayout(found_row)
        self.body_column.addLayout(self._pages, 1)

    def _chip(self, *, is_checkable: bool) -> Any:
        chip = push_button("chip", "fact", 24)
        chip.setCheckable(True)
        if is_checkable:
            chip.toggled.connect(lambda _on: self.ask())
        return chip

    def relabel(self) -> None:
        self.set_title(tr("ui.pool.title"))
        self.search.relabel(tr("ui.pool.search_hint"))
        self.list.setAccessibleName(tr("ui.pool.list_name"))
        self.sync_button.name("", token="text2")
        self.first_sync.name(self.first_sync.title(), token="go_text")
        set_text(self.commission_chip, tr("ui.pool.chip_commission", rate=figures.percent(GOOD_COMMISSION_BP)))
        set_text(self.stock_chip, tr("ui.pool.chip_stock"))
        self._relabel_choices()
        self._show_head()
        self._show_result()
        self.list.viewport().update()

    def _relabel_choices(self) -> None:
        name = PRICES[self._price][0]
        text = tr(f"ui.pool.price_{name}") if self._price else tr("ui.pool.chip_price")
        set_text(self.price_chip, f"{text} ▾")
        self.price_chip.setChecked(bool(self._price))
        set_text(self.category_chip, f"{self._category or tr('ui.pool.chip_category')} ▾")
        self.category_chip.setChecked(bool(self._category))
        set_text(self.sort_button, f"{tr(f'ui.pool.sort_{self._sort}')} ▾")

    def refresh(self, snapshot: dict[str, Any]) -> None:
        before = self._pool
        self._pool, self._now_ms = snapshot["pool"], snapshot["now_ms"]
        self.model.mark(frozenset(item["product_id"] for item in snapshot["rundown"]["items"]))
        self._show_head()
        if before.get("count") != self._pool["count"]:
            self.ask()

    def ask(self, limit: int = PAGE) -> None:
        """Search with what the field and the chips say now; an older answer that comes late is thrown away."""
        self._asked += 1
        number = self._asked
        _name, low, high = PRICES[self._price]
        query = SearchQuery(
            text=self.search.text().strip(),
            limit=limit,
            min_price=None if low is None else Money(low),
            max_price=None if high is None else Money(high),
            min_commission_bp=GOOD_COMMISSION_BP if self.commission_chip.isChecked() else None,
            in_stock=self.stock_chip.isChecked(),
            category=self._category or None,
            sort=self._sort,
        )
        self.bridge.read(
            SearchPool(query),
            lambda result: self._answered(number, result),
            lambda error: self._failed(number, error),
        )

    def add(self, product: Product) -> None:
        """Put a product at the end of the rundown."""
        self.bridge.say("rundown.add", product_id=product.id)

    def _answered(self, number: int, result: SearchResult) -> None:
        if number != self._asked:
            return
        self._result, self._error, self._is_asking_more = result, "", False
        self._show_result()

    def _failed(self, number: int, error: UserError) -> None:
        if number == self._asked:
            self._error, self._is_asking_more = str(error), False
            self._show_result()

    def _show_head(self) -> None:
        if not self._pool:
            return
        count, synced_ms = self._pool["count"], self._pool["synced_ms"]
        is_syncing, progress = self._pool["is_syncing"], self._pool["progress"]
        parts = [tr("ui.pool.count", count=figures.count(count))]
        if is_syncing:
            parts.append(tr("ui.pool.syncing"))
        elif synced_ms:
            parts.append(tr("ui.pool.synced", ago=figures.ago(synced_ms, self._now_ms)))
        self.note.setText(" · ".join(parts))
        for button in (self.sync_button, self.first_sync):
            button.allow(not is_syncing, tr("ui.pool.syncing"))
        self.progress.setVisible(bool(is_syncing))
        self.progress.setRange(0, 100 if progress is not None else 0)
        if progress is not None:
            self.progress.setValue(round(progress * 100))

    def _show_result(self) -> None:
        result = self._result
        hits = result.hits if result is not None and not self._error else ()
        self.model.show(tuple(hits))
        is_empty_pool = bool(self._pool) and not self._pool["count"]
        self.first_sync.setVisible(is_empty_pool)
        self._pages.setCurrentIndex(0 if hits else 1)
        if self._error:
            self.found.setText("")
            self.empty.setText(self._error)
        elif is_empty_pool:
            self.found.setText("")
            self.empty.setText(tr("ui.pool.empty"))
        elif result is not None:
            key = "ui.pool.found_near" if result.match == "relaxed" else "ui.pool.found"
            self.found.setText(tr(key, count=figures.count(result.total), took_ms=max(1, round(result.took_ms))))
            self.empty.setText(tr("ui.pool.nothing_found"))

    def _scrolled(self, value: int) -> None:
        bar, result = self.list.verticalScrollBar(), self._result
        is_near_end = value > bar.maximum() - 3 * self.list.viewport().height()
        if result is None or self._is_asking_more or not is_near_end:
            return
        known = len(result.hits)
        if known < min(result.total, MOST_HITS):
            self._is_asking_more = True
            self.ask(min(MOST_HITS, known * 2))

    def _choose_price(self) -> None:
        choices = [(tr(f"ui.pool.price_{name}"), number) for number, (name, _low, _high) in enumerate(PRICES)]
        self._pick(self.price_chip, choices, "_price")

    def _choose_category(self) -> None:
        known = {product.category for product in (self._result.hits if self._result else ()) if product.category}
        choices = [(tr("ui.pool.any_category"), ""), *((category, category) for category in sorted(known))]
        self._pick(self.category_chip, choices, "_category")

    def _choose_sort(self) -> None:
        self._pick(self.sort_button, [(tr(f"ui.pool.sort_{name}"), name) for name in SORTS], "_sort")

    def _pick(self, anchor: QWidget, choices: list[tuple[str, Any]], field: str) -> None:
        """Let the user pick from a menu under ``anchor``; nothing picked changes nothing."""
        menu = QMenu(self)
        menu.setFont(theme.font("body"))
        for text, value in choices:
            menu.addAction(text.replace("&", "&&")).setData(value)

        def picked(action: QAction) -> None:
            setattr(self, field, action.data())
            self._relabel_choices()
            self.ask()

        menu.triggered.connect(picked)
        menu.aboutToHide.connect(self._relabel_choices)
        menu.popup(anchor.mapToGlobal(QPoint(0, anchor.height() + 4)))

    def _open_menu(self, at: QPoint) -> None:
        index: QModelIndex = self.list.indexAt(at)
        if not index.isValid():
            return
        product: Product = index.data(PRODUCT)
        menu = QMenu(self)
        menu.setFont(theme.font("body"))
        menu.addAction(tr("verb.rundown_add"), lambda: self.add(product))
        if self.bridge.spec("pool.shortlist") is not None:
            keep = lambda: self.bridge.say("pool.shortlist", product_id=product.id)  # noqa: E731
            menu.addAction(tr("verb.pool_shortlist"), keep)
        menu.popup(self.list.viewport().mapToGlobal(at))
