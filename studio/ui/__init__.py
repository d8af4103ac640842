"""Window (窗口): Qt and nothing else; the faces of operator and village, one dock per room.

May import desk, the trade's rooms and core; PySide6 widgets and qasync live here only.
A new dock is one file ``<room>_dock.py`` with a ``StudioDock`` that has ``refresh(snapshot)`` and ``relabel()``,
named in ``window.DOCKS``; its buttons come from ``desk.actions`` through ``ActionButton``.
"""
