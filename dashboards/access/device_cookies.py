"""Device cookies: a browser that has logged in to an account is known again, also after a restart.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import secrets

from itsdangerous import BadSignature, URLSafeSerializer

_PURPOSE = "physiomon device"
_LONGEST = 200  # characters


class DeviceCookies:
    """Signed cookies; the server keeps nothing but the secret.

    Args:
        secret: who knows it can try passwords as a known browser, at the rate of one.
    """

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt=_PURPOSE)

    def issue(self, account: str) -> str:
        """Return a new cookie for a browser that has logged in."""
        return str(self._serializer.dumps([account, secrets.token_urlsafe(9)]))

    def device(self, cookie: str, account: str) -> str | None:
        """Return the id of the browser, or None if it has not logged in to this account."""
        if not cookie or len(cookie) > _LONGEST:
            return None
        try:
            fields = self._serializer.loads(cookie)
        except BadSignature:
            return None
        match fields:
            case [name, str(device)] if name == account:
                return device
            case _:
                return None
