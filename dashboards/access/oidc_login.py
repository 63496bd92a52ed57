"""Logins that wait for a provider's answer: in signed cookies, not in memory."""

import secrets
from collections.abc import Callable, Mapping

from itsdangerous import BadSignature, URLSafeSerializer

from dashboards.access.oidc import Flow, LoginRefused, Provider
from dashboards.access.rate_limit import Rate, RateLimit, network
from dashboards.access.roles import Person

BEGIN = Rate(20, 5.0)  # of an address: each may ask the provider something
VALID_S = 600
_PURPOSE = "physiomon oidc"
_LONGEST = 1000  # characters of a cookie


class OidcLogin:
    """Logins through a provider.

    Args:
        provider: knows the people.
        secret: signs the cookies; empty: a random one.
        now_s: clock of the rate limit.
        wall_s: UTC.
    """

    def __init__(
        self,
        provider: Provider,
        secret: str,
        now_s: Callable[[], float],
        wall_s: Callable[[], float],
    ) -> None:
        self.provider = provider
        self._serializer = URLSafeSerializer(secret or secrets.token_urlsafe(32), salt=_PURPOSE)
        self._rate_limit = RateLimit(now_s)
        self._wall_s = wall_s

    def may_ask(self, address: str) -> bool:
        """Return whether an address may begin or end one more login."""
        return self._rate_limit.acquire({network(address): BEGIN})

    async def begin(self, redirect_uri: str, target: str) -> tuple[str, str]:
        """Return where to send the browser, and the cookie for `finish`.

        Raises:
            ProviderUnavailable: see `Provider.begin`.
        """
        url, flow = await self.provider.begin(redirect_uri)
        until = round(self._wall_s() + VALID_S)
        fields = [flow.state, flow.nonce, flow.verifier, target, until]
        return url, str(self._serializer.dumps(fields))

    async def finish(
        self, cookie: str, answer: Mapping[str, str], redirect_uri: str
    ) -> tuple[Person, str, str]:
        """Return the person, the subject of the token, and where the browser goes next.

        Raises:
            ProviderUnavailable, LoginRefused: see `Provider.finish`.
        """
        late = LoginRefused("This login was not begun here, or took too long; log in again.")
        if not cookie or len(cookie) > _LONGEST:
            raise late
        try:
            fields = self._serializer.loads(cookie)
        except BadSignature:
            raise late from None
        match fields:
            case [str(state), str(nonce), str(verifier), str(target), int(until)] if (
                self._wall_s() < until
            ):
                flow = Flow(state, nonce, verifier)
                return *await self.provider.finish(flow, answer, redirect_uri), target
        raise late
