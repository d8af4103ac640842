"""Desk (中控台): the verbs, facts and reads of the show; all I/O is ordered here.

``do`` takes wishes, ``hear`` takes facts, ``ask`` reads; a verb decides, saves, acts, tells, in this order. May import
store, video (scenes and facts), the trade's rooms and core. A verb is one ``@action`` method in ``<room>_verbs.py``.
"""
