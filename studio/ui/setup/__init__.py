"""The set-up panel (画面与声音): sources, look, sound, outputs and quality, beside the running show.

May import what ``studio.ui`` may. A page is one file: a ``SetupPage`` with its texts, its ``refresh(snapshot)`` and its wishes;
name it in ``PAGES`` of ``dock.py``. Everything here is made when the panel is opened for the first time, never before.
"""
