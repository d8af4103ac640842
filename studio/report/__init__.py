"""Report (场次报告): one show as a JSON document and as one HTML file that needs nothing else.

May import ``core`` (and what is below it in the house); no Qt, no database, no network: ``ShowData`` comes filled.
A new section is a key in ``build.py``, a function in ``sections.py`` and its words in ``[report]`` of both languages.
"""

from studio.report.build import build
from studio.report.data import ShowData
from studio.report.files import write
from studio.report.page import render_html

__all__ = ["ShowData", "build", "render_html", "write"]
