"""What is known of functions that hash or check passwords, of all usual libraries."""

from __future__ import annotations

from typing import Literal

Strength = Literal["slow", "fast"]

# Functions made for passwords: what comes out may be stored.
SLOW: dict[str, str] = {
    "werkzeug.security.generate_password_hash": "werkzeug",
    "flask_bcrypt.generate_password_hash": "bcrypt",
    "flask_bcrypt.Bcrypt.generate_password_hash": "bcrypt",
    "flask_argon2.generate_password_hash": "argon2",
    "flask_argon2.Argon2.generate_password_hash": "argon2",
    "flask_scrypt.generate_password_hash": "scrypt",
    "bcrypt.hashpw": "bcrypt",
    "bcrypt.kdf": "bcrypt",
    "argon2.PasswordHasher.hash": "argon2",
    "argon2.hash_password": "argon2",
    "argon2.low_level.hash_secret": "argon2",
    "hardening.passwords.hash_password": "argon2",
    "hardening.passwords.generate_password_hash": "argon2",
    "pwdlib.PasswordHash.hash": "pwdlib",
    "pwdlib.PasswordHash.recommended.hash": "pwdlib",
    "passlib.context.CryptContext.hash": "passlib",
    "passlib.context.CryptContext.encrypt": "passlib",
    "passlib.apps.custom_app_context.hash": "passlib",
    "passlib.apps.custom_app_context.encrypt": "passlib",
    "flask_security.hash_password": "flask-security",
    "flask_security.utils.hash_password": "flask-security",
    "flask_security.utils.encrypt_password": "flask-security",
    "flask_user.UserManager.hash_password": "flask-user",
    "django.contrib.auth.hashers.make_password": "django",
    "hashlib.pbkdf2_hmac": "pbkdf2",
    "hashlib.scrypt": "scrypt",
    "nacl.pwhash.str": "argon2",
    "nacl.pwhash.argon2id.str": "argon2",
    "cryptography.hazmat.primitives.kdf.pbkdf2.PBKDF2HMAC.derive": "pbkdf2",
    "cryptography.hazmat.primitives.kdf.scrypt.Scrypt.derive": "scrypt",
    "crypt.crypt": "crypt",
}
_PASSLIB_FAST = (
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "plaintext",
    "lmhash",
    "nthash",
    "mysql",
    "hex_",
)

# Functions that are too fast, or no hashes at all, for a password.
FAST: dict[str, str] = {
    **{f"hashlib.{name}": name for name in (
        "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s",
        "sha3_224", "sha3_256", "sha3_384", "sha3_512", "new",
    )},
    "cryptography.hazmat.primitives.hashes.Hash": "a fast hash",
    "flask_hashing.Hashing.hash_value": "sha256",  # one round and no salt unless told otherwise
    "hmac.new": "hmac",
    "hmac.digest": "hmac",
    "zlib.crc32": "crc32",
    "zlib.adler32": "adler32",
    "binascii.crc32": "crc32",
    "builtins.hash": "hash()",
    **{f"Crypto.Hash.{name}.new": name for name in ("MD5", "SHA1", "SHA", "SHA256", "SHA512")},
    **{f"Cryptodome.Hash.{name}.new": name for name in ("MD5", "SHA1", "SHA256", "SHA512")},
}  # fmt: skip

# Functions that compare a typed password with a stored hash: name -> (index of the stored hash,
# index of the typed password).
VERIFIERS: dict[str, tuple[int, int]] = {
    "werkzeug.security.check_password_hash": (0, 1),
    "flask_bcrypt.check_password_hash": (0, 1),
    "flask_bcrypt.Bcrypt.check_password_hash": (0, 1),
    "flask_argon2.check_password_hash": (0, 1),
    "flask_argon2.Argon2.check_password_hash": (0, 1),
    "flask_scrypt.check_password_hash": (1, 0),
    "flask_hashing.Hashing.check_value": (0, 1),
    "bcrypt.checkpw": (1, 0),
    "argon2.PasswordHasher.verify": (0, 1),
    "argon2.verify_password": (0, 1),
    "hardening.passwords.check_password_hash": (0, 1),
    "hardening.passwords.verify_password": (1, 0),
    "pwdlib.PasswordHash.verify": (1, 0),
    "pwdlib.PasswordHash.verify_and_update": (1, 0),
    "passlib.context.CryptContext.verify": (1, 0),
    "passlib.context.CryptContext.verify_and_update": (1, 0),
    "passlib.apps.custom_app_context.verify": (1, 0),
    "flask_security.verify_password": (1, 0),
    "flask_security.utils.verify_password": (1, 0),
    "nacl.pwhash.verify": (0, 1),
    "hmac.compare_digest": (0, 1),
    "secrets.compare_digest": (0, 1),
    "werkzeug.security.safe_str_cmp": (0, 1),
}

# Reversible: neither a hash nor plain text.
ENCODINGS = frozenset(
    {
        "base64.b64encode", "base64.urlsafe_b64encode", "base64.standard_b64encode",
        "base64.b32encode", "base64.b16encode", "base64.b85encode", "base64.a85encode",
        "base64.encodebytes", "base64.encodestring", "codecs.encode", "binascii.hexlify",
        "binascii.b2a_base64", "binascii.b2a_hex",
        "cryptography.fernet.Fernet.encrypt", "cryptography.fernet.MultiFernet.encrypt",
        "cryptography.hazmat.primitives.ciphers.Cipher.encryptor.update",
        "cryptography.hazmat.primitives.ciphers.aead.AESGCM.encrypt",
        "cryptography.hazmat.primitives.ciphers.aead.ChaCha20Poly1305.encrypt",
        "nacl.secret.SecretBox.encrypt", "nacl.public.SealedBox.encrypt", "nacl.public.Box.encrypt",
        "rsa.encrypt", "simplecrypt.encrypt", "cryptocode.encrypt", "pyAesCrypt.encryptStream",
        "jwt.encode",
        *(
            f"{library}.Cipher.{cipher}.new.{method}"
            for library in ("Crypto", "Cryptodome")
            for cipher in ("AES", "DES", "DES3", "Blowfish", "ARC4", "ChaCha20", "PKCS1_OAEP")
            for method in ("encrypt", "encrypt_and_digest")
        ),
    }
)  # fmt: skip


LAST_NAMES = frozenset(name.rpartition(".")[2] for name in (*SLOW, *FAST, *VERIFIERS)) | {
    "hash",
    "encrypt",
    "verify",
}
"""Last parts of the names of all these functions, passlib's included."""


def hasher(qualified: str | None) -> tuple[Strength, str] | None:
    """Return how strong the hash function `qualified` is and its algorithm, or None."""
    if qualified is None:
        return None
    if qualified in SLOW:
        return "slow", SLOW[qualified]
    if qualified in FAST:
        return "fast", FAST[qualified]
    if qualified.startswith("passlib.hash."):
        _, _, name, *method = qualified.split(".")
        if method[-1:] in (["hash"], ["encrypt"]):
            weak = any(word in name for word in _PASSLIB_FAST) and "pbkdf2" not in name
            return ("fast" if weak and "crypt" not in name else "slow"), name
    return None


def is_verifier(qualified: str | None) -> bool:
    """Return whether `qualified` compares a typed password with a stored hash."""
    if qualified is None:
        return False
    return qualified in VERIFIERS or (
        qualified.startswith("passlib.hash.") and qualified.endswith(".verify")
    )
