"""What a database says when it will not have us, as far as asking again cannot help.

A driver that did not connect tells no code, only text. It is looked at, never told: it may quote the URL.
"""

from __future__ import annotations

#: PostgreSQL (also in Chinese), MySQL, Oracle, SQL Server.
_LOGIN = (
    "password authentication failed",
    "认证失败",
    "access denied for user",
    "ora-01017",
    "18456",
)
_LOGIN_TOLD = "login refused; check login and password"
_TOLD = (
    (_LOGIN, _LOGIN_TOLD),
    (
        ("no encryption", "ssl off", "ssl=off", "insecure transport", "server requires ssl"),
        "the server takes TLS connections only; check extra.sslmode",
    ),
    (
        ("does not support ssl", "ssl is required but the server doesn't support"),
        "the server does not speak TLS, and the connection wants it; check extra.sslmode and port",
    ),
    (
        (
            "certificate verify failed",
            "certificate_verify_failed",
            "root certificate file",
            "server certificate for",
        ),
        "the server's certificate is not trusted; check host and extra.sslrootcert",
    ),
    (
        (
            "unsupported protocol",
            "unsupported_protocol",
            "protocol version",
            "handshake failure",
            "no protocols",
        ),
        "the server's TLS version or ciphers do not fit ours; ask the publisher to renew its server, and "
        "check the port",
    ),
)


def refusal(text: str) -> str | None:
    """What to check, of a refusal that comes again at each try; None of one that may pass."""
    found = text.lower()
    return next((told for words, told in _TOLD if any(word in found for word in words)), None)
