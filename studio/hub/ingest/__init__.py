"""Ingest: takes the push of a room by RTMP, refuses a wrong key, counts and really decodes what arrives.

Bytes flow ``chunks`` (parser) -> ``session`` (commands) -> ``publishing`` (one push) -> ``decoder`` (a thread) with all
figures in ``meter``. May import core and the hub's rooms; av is imported by the decoder only, when the first push comes.
"""
