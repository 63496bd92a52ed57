"""Authorization code flow with PKCE at an OpenID provider. Needs the extra `oidc`.

Source: OpenID Connect Core 1.0, section 3.1; Discovery 1.0; RFC 7636.
"""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpcore  # noqa: F401 - httpx would load it at the first request, which takes 50 ms
import httpx
import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from alerts.loopback import loopback
from dashboards.access.oidc import Flow, LoginRefused, OidcSettings, ProviderUnavailable
from dashboards.access.roles import Person, Role

_TIMEOUT_S = 5.0
_METADATA_S = 3600.0
_LEEWAY_S = 60  # by which the clocks may differ
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
# Signatures with a public key only: never "none", nor one with the client's secret.
_ALGORITHMS = [f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)]
_REGISTRY = JWSRegistry(algorithms=[*_ALGORITHMS, "EdDSA", "Ed25519"], strict_check_header=False)
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")

log = structlog.get_logger()


class OidcProvider:
    """Implements `Provider`: metadata and keys are fetched when somebody logs in."""

    def __init__(
        self, settings: OidcSettings, now_s: Callable[[], float], wall_s: Callable[[], float]
    ) -> None:
        self.settings = settings
        self._now_s = now_s
        self._wall_s = wall_s
        self._metadata: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._fetched_s = 0.0

    async def check(self) -> None:
        """Fetch metadata and keys.

        Raises:
            ProviderUnavailable: they cannot be used.
        """
        await self._discover()
        try:
            await self._fetch_keys()
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderUnavailable("its keys cannot be read") from None

    async def begin(self, redirect_uri: str) -> tuple[str, Flow]:
        """See `Provider.begin`."""
        metadata = await self._discover()
        flow = Flow(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        if not self.settings.single_sign_on:
            query["prompt"] = "login"
        endpoint = metadata["authorization_endpoint"]
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", flow

    async def finish(
        self, flow: Flow, answer: Mapping[str, str], redirect_uri: str
    ) -> tuple[Person, str]:
        """See `Provider.finish`."""
        if not secrets.compare_digest(answer.get("state", "").encode(), flow.state.encode()):
            raise LoginRefused("The answer belongs to another login; log in again.")
        if "error" in answer or "code" not in answer:
            raise LoginRefused(f"{self.settings.name} refused the login.")
        metadata = await self._discover()
        token = await self._redeem(metadata, flow, answer["code"], redirect_uri)
        try:
            claims = await self._claims(token, flow.nonce)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("oidc.refused", reason=f"{type(error).__name__}: {error}")
            raise LoginRefused(
                f"The answer of {self.settings.name} is not valid for this login; log in again."
            ) from None
        return self._person(claims), str(claims["sub"])[:100]

    async def _redeem(
        self, metadata: Mapping[str, Any], flow: Flow, code: str, redirect_uri: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        settings = self.settings
        auth: httpx.Auth | None = None
        if not settings.client_secret:
            form["client_id"] = settings.client_id
        elif metadata.get("token_endpoint_auth_methods_supported") == ["client_secret_post"]:
            form |= {"client_id": settings.client_id, "client_secret": settings.client_secret}
        else:
            # RFC 6749, section 2.3.1.
            auth = httpx.BasicAuth(*(quote(each, safe="") for each in settings.credentials))
        try:
            async with self._client() as client:
                answer = await client.post(
                    metadata["token_endpoint"], data=form, auth=auth or httpx.Auth()
                )
        except httpx.HTTPError as error:
            raise ProviderUnavailable(type(error).__name__) from None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ProviderUnavailable(f"HTTP {answer.status_code}")
        if not answer.is_success:
            raise LoginRefused(f"{self.settings.name} refused the login.")
        return _object(answer)

    async def _claims(self, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Check the ID token: signature, issuer, audience, times, nonce and access token."""
        id_token = str(token["id_token"])
        keys = self._keys or await self._fetch_keys()
        try:
            decoded = jwt.decode(id_token, keys, registry=_REGISTRY)
        except InvalidKeyIdError:  # the provider has new keys
            decoded = jwt.decode(id_token, await self._fetch_keys(), registry=_REGISTRY)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
            },
            {
                "nonce": nonce,
                "client_id": self.settings.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=int(self._wall_s()), leeway=_LEEWAY_S)
        return dict(claims)

    def _person(self, claims: Mapping[str, Any]) -> Person:
        name = claims.get(self.settings.name_claim)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise LoginRefused(
                f"{self.settings.name} gives you no name that can be used as an account "
                f"('{self.settings.name_claim}'); ask an administrator."
            )
        groups = _groups(claims, self.settings.role_claim)
        roles = {role for group, role in self.settings.roles.items() if group in groups}
        if not roles:
            raise LoginRefused(
                f"None of your groups at {self.settings.name} has a role here; ask an "
                "administrator.",
                name,
            )
        if len(roles) > 1:
            raise LoginRefused(
                f"Your groups at {self.settings.name} have several roles here: "
                f"{', '.join(sorted(roles))}; ask an administrator.",
                name,
            )
        return Person(name, Role(roles.pop()))

    async def _discover(self) -> dict[str, Any]:
        if self._metadata and self._now_s() - self._fetched_s < _METADATA_S:
            return self._metadata
        issuer = self.settings.issuer
        found = await self._get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise ProviderUnavailable("its metadata are of another issuer")
        for name in _ENDPOINTS:
            parts = urlsplit(str(found.get(name, "")))
            if parts.scheme != "https" and not loopback(parts.hostname or ""):
                raise ProviderUnavailable(f"its {name} is missing or not encrypted")
        self._metadata, self._keys, self._fetched_s = found, None, self._now_s()
        return found

    async def _fetch_keys(self) -> KeySet:
        self._keys = KeySet.import_key_set(await self._get(self._metadata["jwks_uri"]))  # type: ignore[arg-type]
        return self._keys

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            async with self._client() as client:
                answer = await client.get(url)
        except httpx.HTTPError as error:
            raise ProviderUnavailable(type(error).__name__) from None
        if not answer.is_success:
            raise ProviderUnavailable(f"HTTP {answer.status_code}")
        return _object(answer)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self.settings.tls, timeout=_TIMEOUT_S)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderUnavailable("its answer is not a JSON object")
    return found


def _groups(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Return the groups of a claim, such as ``groups`` or ``realm_access.roles``."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return frozenset({found})
    return frozenset(each for each in found if isinstance(each, str)) if found else frozenset()
