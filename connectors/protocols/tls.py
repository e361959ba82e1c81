"""Explains why there is no TLS connection, and tells what needs a person from what may pass."""

from __future__ import annotations

import ssl

_OLD = (
    "the server's TLS version or ciphers do not fit ours (TLS 1.2 and 1.3); nothing was sent. Ask the "
    "publisher to renew its server"
)
_NOT_TLS = (
    "no TLS connection: what answers there does not speak TLS; nothing was sent. Check schema (http or "
    "https) and port of the connection"
)
_OURS_WANTED = (
    "the server wants a certificate of ours, and the hub has none; ask the publisher for another way"
)
_DENIED = "the server does not let this machine in; ask the publisher"
_NAME = "the server does not know the host's name; nothing was sent. Check host of the connection"
#: Words of OpenSSL's reasons, the more exact ones first, and what they mean.
_REASONS = (
    (
        ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE"),
        _OURS_WANTED,
    ),
    (("ACCESS_DENIED",), _DENIED),
    (("UNRECOGNIZED_NAME",), _NAME),
    (("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"), _NOT_TLS),
    (
        (
            "PROTOCOL_VERSION",
            "UNSUPPORTED_PROTOCOL",
            "NO_PROTOCOLS_AVAILABLE",
            "VERSION_TOO_LOW",
            "WRONG_SSL_VERSION",
            "UNKNOWN_SSL_VERSION",
            "HANDSHAKE_FAILURE",
            "INSUFFICIENT_SECURITY",
            "CIPHER",
            "KEY_TOO_SMALL",
            "LEGACY",
            "NO_SUITABLE",
            "SIGNATURE_TYPE",
            "SIGNATURE_ALGORITHM",
            "UNSUPPORTED_ELLIPTIC_CURVE",
            "NO_SHARED_GROUP",
            "UNSUPPORTED_EXTENSION",
        ),
        _OLD,
    ),
)
_CHAIN = (
    "is not trusted: its authority is not known here, or the server leaves out the certificates between; put "
    "those of the authority and between into extra.ca_file of the connection, after asking the publisher"
)
#: What OpenSSL's numbers say about a certificate (X509_V_ERR_..).
_CERTIFICATE = {
    2: _CHAIN,
    20: _CHAIN,
    21: _CHAIN,
    23: "has been revoked; ask the publisher by telephone",
    9: "is not valid yet; check this machine's clock, ask the publisher",
    10: "has expired; ask the publisher to renew it, and check this machine's clock",
    62: "is for another host; check host of the connection",
    64: "is for another host; check host of the connection",
    66: "is signed or keyed too weakly (its key); ask the publisher to renew it",
    67: "is signed or keyed too weakly (its authority's key); ask the publisher to renew it",
    68: "is signed or keyed too weakly (its digest); ask the publisher to renew it",
}


def permanent_failure(error: ssl.SSLError) -> str | None:
    """Returns what is wrong and what to do, for a failure that comes again at each attempt; None for one that
    may pass.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    reason = error.reason or ""
    for words, meaning in _REASONS:
        if any(word in reason for word in words):
            return f"{meaning} ({reason})"
    return None


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    found = _CERTIFICATE.get(error.verify_code)
    if found:
        return f"the server's certificate {found} ({error.verify_message}); nothing was sent"
    return (
        f"the server's certificate is not trusted ({error.verify_message}); nothing was sent. "
        "Check host and extra.ca_file of the connection, ask the publisher before trusting it"
    )
