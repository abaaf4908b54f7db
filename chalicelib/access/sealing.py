"""Tokens at rest: sealed by a key that only AWS holds, each blob to the one place where it may be opened."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient


class Sealer(Protocol):
    def seal(self, text: str, context: dict[str, str]) -> str:
        """The text, readable only with the same context."""
        ...

    def open(self, sealed: str, context: dict[str, str]) -> str: ...


class KmsSealer:
    """KMS with the owner as encryption context: a blob copied to another grant's row does not open there."""

    def __init__(self, client: KMSClient, key_id: str) -> None:
        self._client = client
        self._key_id = key_id

    def seal(self, text: str, context: dict[str, str]) -> str:
        reply = self._client.encrypt(KeyId=self._key_id, Plaintext=text.encode(), EncryptionContext=context)
        return base64.b64encode(reply["CiphertextBlob"]).decode()

    def open(self, sealed: str, context: dict[str, str]) -> str:
        blob = base64.b64decode(sealed)
        return self._client.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"].decode()
