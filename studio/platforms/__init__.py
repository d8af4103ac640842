"""Platforms (平台): one file per platform that honours ``desk.ports``; all calls block and run on workers.

May import ``desk.ports``, ``pool``, ``store.catalog`` and ``core``; the only room with ``requests``. ``client`` sends and
retries, ``reading`` reads the wire strictly. A new platform is one file here, its wire beside it, and its name in the
contract tests of ``tests/platforms``.
"""
