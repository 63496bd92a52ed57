"""Login through an OpenID provider: its settings, and outcomes. The provider: `oidc_provider`."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dashboards.access.roles import Person, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """An OpenID provider, and what its claims mean.

    Attributes:
        name: of the provider, as people know it.
        issuer: its address, as its tokens contain it.
        client_id: of this console at the provider.
        client_secret: empty for a public client.
        scopes: to ask for.
        name_claim: becomes the name of the account.
        role_claim: contains groups; a dot leads into an object.
        roles: role by group.
        single_sign_on: the provider need not ask somebody again who is logged in there.
        tls: authorities to trust.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: Mapping[str, Role]
    single_sign_on: bool = False
    tls: ssl.SSLContext = field(repr=False)

    @property
    def credentials(self) -> tuple[str, str]:
        """Return id and secret of the client."""
        return self.client_id, self.client_secret


class ProviderUnavailable(Exception):  # noqa: N818 - an outcome, caught by the caller
    """The provider does not answer, or not as a provider does."""


class LoginRefused(Exception):  # noqa: N818 - an outcome, caught by the caller
    """The provider's answer is not a login.

    Attributes:
        user: name that the provider vouches for; empty if it does not.
    """

    def __init__(self, sentence: str, user: str = "") -> None:
        super().__init__(sentence)
        self.user = user


@dataclass(frozen=True, slots=True)
class Flow:
    """A login that waits for the provider's answer."""

    state: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


class Provider(Protocol):
    """An OpenID provider."""

    settings: OidcSettings

    async def begin(self, redirect_uri: str) -> tuple[str, Flow]:
        """Return where to send the browser, and what to keep for `finish`.

        Raises:
            ProviderUnavailable: it does not answer.
        """
        ...

    async def finish(
        self, flow: Flow, answer: Mapping[str, str], redirect_uri: str
    ) -> tuple[Person, str]:
        """Return the person that the provider's answer proves, and the subject of its token.

        Raises:
            ProviderUnavailable: it does not answer.
            LoginRefused: the answer proves nobody, or somebody without a role.
        """
        ...
