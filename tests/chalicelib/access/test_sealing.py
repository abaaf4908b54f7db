"""Tokens at rest: what the key is asked, and for whom."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.access.sealing import KmsSealer

OWN, OTHER = {"vendor": "quickbooks", "account": "1"}, {"vendor": "quickbooks", "account": "2"}


class Key:
    """KMS, as far as it matters here: a blob opens with the context that it was made with."""

    def __init__(self) -> None:
        self.blobs: dict[bytes, tuple[bytes, dict[str, str]]] = {}

    def encrypt(self, *, KeyId: str, Plaintext: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        blob = f"{KeyId}-{len(self.blobs)}".encode() + b"\x00\xff"
        self.blobs[blob] = (Plaintext, EncryptionContext)
        return {"CiphertextBlob": blob}

    def decrypt(self, *, CiphertextBlob: bytes, EncryptionContext: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        text, own = self.blobs[CiphertextBlob]
        if own != EncryptionContext:
            raise PermissionError("InvalidCiphertextException")
        return {"Plaintext": text}


def test_what_is_sealed_opens_for_its_owner_alone():
    key = Key()
    sealer = KmsSealer(key, "key-1")
    sealed = sealer.seal("tøken", OWN)
    assert sealed.isascii()
    assert "tøken" not in sealed
    assert KmsSealer(key, "key-1").open(sealed, OWN) == "tøken"
    assert next(iter(key.blobs)).startswith(b"key-1")
    with pytest.raises(PermissionError):
        sealer.open(sealed, OTHER)
