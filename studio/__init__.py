"""Anchor Studio: a desktop studio for people who sell live (直播带货)."""

__version__ = "0.1.0"
