"""Recognises refusals of a database that come again at each attempt.

A driver that did not connect gives no code, only text. The text is examined, never repeated: it may quote the
URL.
"""

from __future__ import annotations

#: Words of PostgreSQL (also in Chinese), MySQL, Oracle, SQL Server and ODBC, and what they mean. The more
#: exact ones first; each meaning goes on with "of" and the connection's id.
_TOLD = (
    (
        (
            "account is locked",
            "ora-28000",
            "password has expired",
            "password of the account has expired",
            "must reset your password",
            "ora-28001",
            "(18486,",
            "(18487,",
            "(18488,",
        ),
        "the account is locked, or its password has expired; ask the publisher, check login and password",
    ),
    (
        (
            "unknown database",
            "to database '",
            "cannot open database",
            "(4060,",
            "ora-12154",
            "ora-12505",
            "im002",
            "im003",
        ),
        "the database is not there, or this login may not enter it; check schema and login",
    ),
    (
        (
            "password authentication failed",
            "认证失败",
            "access denied for user",
            "no password supplied",
            "ora-01017",
            "ora-01005",
            "(18456,",
            "[28000]",
            "invalid username",
            "用户名或密码",
        ),
        "login refused; check login and password",
    ),
    (
        (
            "no encryption",
            "ssl off",
            "ssl=off",
            "ssl 关闭",
            "未加密",
            "insecure transport",
            "server requires ssl",
        ),
        "the server takes TLS connections only; check extra.sslmode",
    ),
    (
        ("no pg_hba.conf entry", "pg_hba.conf", "is not allowed to connect", "is blocked because of many"),
        "the server does not take connections from this machine for this login and database; ask the "
        "publisher to let it in, check login and schema",
    ),
    (
        ("ora-01031", "ora-01045", "ora-00942"),
        "the login may not read what is declared; ask the publisher for the right, check the login",
    ),
    (
        (
            "dpy-3010",
            "dpy-3015",
            "authentication plugin",
            "authentication method",
            "authentication protocol",
            "scram authentication requires",
        ),
        "our driver does not know this server's version or way to log in; ask the publisher for another way, "
        "check conn_type",
    ),
    (
        ("does not support ssl", "ssl is required but the server doesn't support"),
        "the server does not speak TLS, and the connection wants it; check extra.sslmode and port",
    ),
    (
        (
            "private key file",
            "read certificate file",
            "could not load certificate",
            "could not load private key",
        ),
        "our certificate or its key cannot be used: it is not there, does not fit, or others may read the "
        "key (run chmod 600); check extra.sslcert, extra.sslkey and extra.sslrootcert",
    ),
    (
        ("certificate has expired",),
        "the server's certificate has expired; ask the publisher to renew it, check this machine's clock and "
        "the host",
    ),
    (
        ("does not match host name", "hostname mismatch"),
        "the server's certificate is for another host; check host",
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
#: PostgreSQL ends the session with these: a column that does not exist ends a query only.
_FATAL = ("fatal", "致命")
#: ``database "x" does not exist``: the name stands between the words.
_MISSING = (
    ("database", "does not exist"),
    ("role", "does not exist"),
    ("数据库", "不存在"),
    ("角色", "不存在"),
)
_MISSING_TOLD = "the server knows no such database or login; check schema and login"
#: What passes though the driver calls it an error like all others: Oracle's full and busy.
_PASSING = ("ora-01555", "ora-00018", "ora-00020", "ora-02391", "ora-12516", "ora-12520", "ora-08103")


def permanent_refusal(text: str) -> str | None:
    """Returns what to check, for a refusal that comes again at each attempt; None for one that may pass."""
    found = text.lower()
    if any(word in found for word in _FATAL) and any(_in_turn(found, words) for words in _MISSING):
        return _MISSING_TOLD
    return next((told for words, told in _TOLD if any(word in found for word in words)), None)


def may_pass(text: str) -> bool:
    """Tells whether an error without a kind of its own is one that may pass."""
    return any(word in text.lower() for word in _PASSING)


def _in_turn(text: str, words: tuple[str, str]) -> bool:
    first, second = words
    return second in text.partition(first)[2]
