"""The key with which a site signs the heads of its journals.

Formats: PKCS #8 and SubjectPublicKeyInfo in PEM (RFC 8410), which OpenSSL reads too.
"""

import base64
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from alerts.private_file import keep_private
from monitor.errors import ConfigError
from monitor.storage.signed_head import SignedHead


class SigningKey:
    """A key that signs heads."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def keep(cls, path: Path) -> "SigningKey":
        """Return the key of a file that only its owner may read; create the file if needed.

        The public key is written beside it, with the suffix ``.pub``.

        Raises:
            ConfigError: the file cannot be read or created, others may read it, or it is not an
                Ed25519 key without a password.
        """
        try:
            pem = keep_private(path, _new_pem, ConfigError)
            key = serialization.load_pem_private_key(pem, None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ConfigError(f"{path} is not an Ed25519 key; remove it to have one made")
            public = path.with_suffix(".pub")
            if not public.exists():
                public.write_bytes(_public_pem(key))
        except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a key in PEM"
            raise ConfigError(f"cannot use {path} to sign heads of journals: {reason}") from None
        return cls(key)

    def sign(self, head: SignedHead) -> SignedHead:
        """Return a head with its signature."""
        signature = base64.b64encode(self._key.sign(head.message())).decode()
        return replace(head, signature=signature)


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Return the public key of a file.

    Raises:
        ConfigError: the file cannot be read, or is not an Ed25519 public key.
    """
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError(f"{path} is not an Ed25519 public key in PEM, such as signing.pub")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 hash of a public key, as OpenSSH prints it."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"SHA256:{base64.b64encode(sha256(raw).digest()).decode().rstrip('=')}"


def _new_pem() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
