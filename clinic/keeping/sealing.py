"""Encryption to a key (age, X25519), streamed: the machine that seals a backup cannot open it again."""

import hashlib
from pathlib import Path

import pyrage
from pyrage.x25519 import Identity, Recipient

from clinic.keeping.refusals import Refused

SECRET = "AGE-SECRET-KEY-"  # noqa: S105  how such a key begins


def new_key() -> Identity:
    """Return a new pair. `str(key)` is the secret, `str(key.to_public())` what CLINIC_BACKUP_RECIPIENT takes."""
    return Identity.generate()


def recipient(text: str) -> Recipient:
    """Return the public key of a text. Raises Refused when there is none or it is none."""
    if not text.strip():
        raise Refused(
            "Nobody is named who could read the backup. Make a key with `./run backup --new-key` and set "
            "CLINIC_BACKUP_RECIPIENT to its public half; or say --unencrypted, where the folder itself is encrypted."
        )
    try:
        return Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise Refused(
            "CLINIC_BACKUP_RECIPIENT is no public key: it begins with age1 and is one line of `./run backup --new-key`."
        ) from None


def identities(file: Path) -> list[Identity]:
    """Return the secret keys of a file, one a line; lines with # are notes. Raises Refused when it holds none."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        found = [Identity.from_str(line) for line in lines if line.upper().startswith(SECRET)]
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The key file {file} cannot be read ({type(error).__name__}).") from None
    except pyrage.IdentityError:
        raise Refused(f"The secret key in {file} is mistyped. Copy the whole line, from {SECRET} on.") from None
    if not found:
        raise Refused(f"{file} holds no secret key: a line that begins with {SECRET}.")
    return found


def seal(plain: Path, sealed: Path, readers: list[Recipient]) -> None:
    pyrage.encrypt_file(str(plain), str(sealed), readers)


def unseal(sealed: Path, plain: Path, keys: list[Identity]) -> None:
    """Decrypt the file whole. Raises Refused for another key, a changed byte, a missing end; `plain` is then of no use."""
    try:
        pyrage.decrypt_file(str(sealed), str(plain), keys)
    except pyrage.DecryptError as error:
        if "no matching keys" in str(error).lower():
            raise Refused(f"{sealed.name} was encrypted to another key. Look for the key of that time.") from None
        raise Refused(
            f"{sealed.name} is damaged and cannot be read. Take another backup, or another copy of it."
        ) from None
    except OSError as error:
        why = error.strerror or "its contents are damaged or cut short"
        raise Refused(f"{sealed.name} cannot be read: {why}. Take another backup, or another copy of it.") from None


def digest(file: Path) -> str:
    """Return the SHA-256 of what is on the disk, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
