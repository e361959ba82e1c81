"""The exchange platform's request signature.

Canonical text: every parameter but ``sign``, sorted by name, joined as ``k=v&k=v`` with the values
as they are before URL encoding; a POST adds ``bodySha256``, the hex sha256 of its body. ``sign`` is the
hex HMAC-SHA256 of that text under the application's secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping


def canonical(params: Mapping[str, str], body: bytes | None = None) -> str:
    """Returns the text to be signed."""
    given = {k: v for k, v in params.items() if k != "sign"}
    if body is not None:
        given["bodySha256"] = hashlib.sha256(body).hexdigest()
    return "&".join(f"{k}={given[k]}" for k in sorted(given))


def sign(secret: str, params: Mapping[str, str], body: bytes | None = None) -> str:
    """Returns the signature of a request in hex."""
    return hmac.new(secret.encode(), canonical(params, body).encode(), hashlib.sha256).hexdigest()


def signed_headers(
    app_key: str, secret: str, params: Mapping[str, str], body: bytes | None = None
) -> dict[str, str]:
    """Returns the four headers of one request. A nonce is used once, so call this again for a retry."""
    auth = {
        "appKey": app_key,
        "timestamp": str(time.time_ns() // 1_000_000),
        "nonce": secrets.token_hex(16),
    }
    return {**auth, "sign": sign(secret, {**params, **auth}, body)}
