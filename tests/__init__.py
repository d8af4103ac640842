"""Tests and the scripts beside them; a package of its own, because a dependency installs one called ``tests`` too."""
