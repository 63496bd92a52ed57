"""Configuration of the login through an OpenID provider."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from alerts.loopback import loopback
from dashboards.access.roles import Role
from monitor.config.section import Section, about


class OidcConfig(Section):
    """The OpenID provider that knows people, and what their groups may do here."""

    name: Annotated[
        str,
        Field(min_length=1, max_length=40),
        about("Name of the provider, as the button on the login page shows it.", "Clinic account"),
    ]
    issuer: Annotated[
        str,
        Field(pattern=r"^https?://[^\s@?#]+$"),
        about(
            "Address of the provider, exactly as its `/.well-known/openid-configuration` has it.",
            "https://login.example.org/realms/clinic",
        ),
    ]
    client_id: Annotated[
        str, Field(min_length=1), about("Id of this console at the provider.", "physiomon")
    ]
    client_secret_file: Annotated[
        str | None,
        about(
            "File that holds the client's secret. Without it the console is a public client.",
            "/run/secrets/oidc_client_secret",
        ),
    ] = None
    scopes: Annotated[
        list[str], about("Scopes to ask for; `openid` is one of them.", ["openid", "profile"])
    ] = Field(default_factory=lambda: ["openid", "profile"])
    name_claim: Annotated[
        str,
        about(
            "Claim of the ID token that becomes the name of the account. Choose one that people "
            "cannot change.",
            "preferred_username",
        ),
    ] = "preferred_username"
    role_claim: Annotated[
        str,
        about(
            "Claim of the ID token with the groups of a person; a dot leads into an object.",
            "realm_access.roles",
        ),
    ] = "groups"
    roles: Annotated[
        dict[str, str],
        Field(min_length=1),
        about(
            "Role of each group: `monitor`, `medical`, `researcher`, `rater` or `admin`.",
            {"physiomon-medical": "medical"},
        ),
    ]
    single_sign_on: Annotated[
        bool,
        about(
            "The provider need not ask for a password again. Not on computers that several people "
            "share: the next one would act in the name of the last one.",
            example=True,
        ),
    ] = False
    ca_file: Annotated[
        str | None,
        about("File with the certificates of a private authority.", "/etc/ssl/clinic-ca.pem"),
    ] = None

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, issuer: str) -> str:
        parts = urlsplit(issuer)
        if parts.scheme != "https" and not loopback(parts.hostname or ""):
            raise ValueError("'issuer' must begin with https://, unless it is on this computer")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _with_openid(cls, scopes: list[str]) -> list[str]:
        if "openid" not in scopes:
            raise ValueError("'scopes' must contain 'openid'")
        return scopes

    @field_validator("roles")
    @classmethod
    def _known(cls, roles: dict[str, str]) -> dict[str, str]:
        allowed = [role.value for role in Role if role is not Role.METRICS]
        for group, role in roles.items():
            if role not in allowed:
                raise ValueError(
                    f"'{role}' of group '{group}' is not a role of people; use one of "
                    f"{', '.join(allowed)}"
                )
        return roles
