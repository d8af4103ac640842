"""Open a connection to an RTMP or RTMPS server; an RTMPS server must show a certificate for its name that we trust.

PyAV hands libav's network code no options, and without them that checks no certificate. The `tee` muxer, with one slave, does hand them on."""

from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

import av
import certifi
from av.container import OutputContainer

_FLV = {"flvflags": "no_duration_filesize"}
_DISTRUSTED = ("certificate", "trust", "0x8009032")  # GnuTLS and OpenSSL; Secure Transport; Schannel's SEC_E_ codes


def connect(address: str) -> OutputContainer:
    """A container that sends to ``address``; the connection itself is made when its header is written."""
    if address.lower().startswith("rtmp://"):
        plain: OutputContainer = av.open(address, "w", format="flv", options=_FLV)
        return plain
    options = {"f": "flv", "onfail": "abort", **_FLV, "tls_verify": "1", **_authorities()}
    secured: OutputContainer = av.open(packed(address, options), "w", format="tee")
    return secured


def packed(address: str, options: dict[str, str]) -> str:
    """What the `tee` muxer is told: its one slave with its options."""
    listed = ":".join(f"{name}={_escaped(value, ':=[]')}" for name, value in options.items())
    return _escaped(f"[{listed}]{address}", "|")


def is_distrust(said: str) -> bool:
    """What libav's TLS part said is about the server's certificate."""
    return any(word in said.lower() for word in _DISTRUSTED)


def _authorities() -> dict[str, str]:
    """Whose signature counts: the system's own list. GnuTLS in PyAV's Linux wheel has none and must be told a file."""
    if not sys.platform.startswith("linux"):
        return {}
    known = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *_SYSTEM_LISTS]
    found = next((path for path in known if path and Path(path).is_file()), None)
    return {"ca_file": found or certifi.where()}


_SYSTEM_LISTS = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora
    "/etc/ssl/ca-bundle.pem",  # SUSE
)


def _escaped(text: str, special: str) -> str:
    return "".join("\\" + one if one in "\\'" + special else one for one in text)
