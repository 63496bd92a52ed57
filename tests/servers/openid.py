"""An OpenID provider in a process, with faults that tests request.

It logs everybody in without asking. Keys and signatures are those of joserfc, and PKCE is checked
by authlib.
"""

import base64
import hmac
import json
import secrets
import sys
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import uvicorn
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.durations import PATIENCE_S
from tests.servers.process import Server, free_port, wait_until

CLIENT, SECRET = "physiomon", "a secret: of the/client"
# A host name of another site than the console's 127.0.0.1, as browsers see it.
HOST = "localhost"


class OpenId:
    """The provider as tests see it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.issuer = f"http://{HOST}:{self.port}"
        command = [sys.executable, "-m", "tests.servers.openid", str(self.port)]
        self.server = Server(command, folder / "openid.log")

    def start(self) -> None:
        self.server.start()
        wait_until(self._answers, "the start of the provider")

    def set(self, **state: object) -> None:
        """Set ``claims``, a ``fault``, or the time ``now_s``."""
        httpx.post(f"{self.issuer}/set", json=state, timeout=PATIENCE_S).raise_for_status()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.issuer}/jwks", timeout=PATIENCE_S).is_success
        except httpx.HTTPError:
            return False


def application(issuer: str) -> FastAPI:
    """Return the provider."""
    made = FastAPI()
    keys = [RSAKey.generate_key(2048, {"kid": "first", "use": "sig"}, private=True)]
    state: dict[str, Any] = {"claims": {}, "fault": "", "now_s": 1000}
    codes: dict[str, dict[str, str]] = {}

    @made.post("/set")
    async def change(request: Request) -> Response:
        state.update(await request.json())
        if state["fault"] == "rotated":
            keys[:] = [RSAKey.generate_key(2048, {"kid": "second", "use": "sig"}, private=True)]
        return Response()

    @made.get("/.well-known/openid-configuration")
    async def metadata() -> dict[str, str]:
        return {
            "issuer": "http://elsewhere.example" if state["fault"] == "metadata" else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
        }

    @made.get("/jwks")
    async def jwks() -> Response:
        return JSONResponse(KeySet(list(keys)).as_dict(private=False))

    @made.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        codes[code] = asked
        answer = {"code": code, "state": asked["state"]}
        if state["fault"] == "denied":
            answer = {"error": "access_denied", "state": asked["state"]}
        back = f"{asked['redirect_uri']}?{urlencode(answer)}"
        if "text/html" in request.headers.get("accept", ""):
            # A person clicks there, so that this site initiates the redirect.
            return HTMLResponse(f'<a href="{escape(back)}">Allow</a>')
        return RedirectResponse(back, 303)

    @made.post("/token")
    async def token(request: Request) -> Response:
        form = {name: each[-1] for name, each in parse_qs((await request.body()).decode()).items()}
        expected = base64.b64encode(b"physiomon:a%20secret%3A%20of%20the%2Fclient").decode()
        asked = codes.pop(form["code"], None)
        if (
            asked is None
            or request.headers["authorization"] != f"Basic {expected}"
            or create_s256_code_challenge(form["code_verifier"]) != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        fault, now_s = state["fault"], state["now_s"]
        claims = {
            "iss": "http://elsewhere.example" if fault == "issuer" else issuer,
            "aud": "another client" if fault == "audience" else CLIENT,
            "nonce": "another" if fault == "nonce" else asked["nonce"],
            "sub": "4711",
            "iat": now_s - 3600 if fault == "expired" else now_s,
            "exp": now_s - 120 if fault == "expired" else now_s + 300,
            **state["claims"],
        }
        if fault == "audience":
            claims["azp"] = CLIENT
        if fault == "no expiry":
            del claims["exp"]
        signed = _signed(claims, fault, keys[0])
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": signed})

    return made


def _signed(claims: dict[str, Any], fault: str, key: RSAKey) -> str:
    match fault:
        case "signature":
            other = RSAKey.generate_key(2048, {"kid": "first"}, private=True)
            return jwt.encode({"alg": "RS256", "kid": "first"}, claims, other)
        case "unsigned":
            signed = jwt.encode({"alg": "RS256"}, claims, key)
            header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
            return f"{header}.{signed.split('.')[1]}."
        case "signed with the client's secret":
            shared = OctKey.import_key(SECRET * 2)
            return jwt.encode({"alg": "HS256"}, claims, shared)
        case "signed with the public key":
            # By hand: joserfc refuses it.
            parts = (json.dumps(part).encode() for part in ({"alg": "HS256"}, claims))
            text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
            digest = hmac.digest(key.as_pem(private=False), text, "sha256")
            return (text + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def main() -> None:
    """Serve until the process is ended."""
    port = int(sys.argv[1])
    uvicorn.run(application(f"http://{HOST}:{port}"), host=HOST, port=port, log_level="warning")


if __name__ == "__main__":
    main()
