"""Calls that make a value, or read one from the environment, by their qualified names."""

from __future__ import annotations

GENERATORS = frozenset(
    {
        "os.urandom", "secrets.token_bytes", "secrets.token_hex", "secrets.token_urlsafe",
        "secrets.choice", "secrets.randbits", "uuid.uuid4", "uuid.uuid1", "random.random",
        "random.getrandbits", "random.choice", "random.choices", "random.sample",
        "random.randint", "random.randbytes", "random.SystemRandom.choice", "nacl.utils.random",
        "Crypto.Random.get_random_bytes", "cryptography.fernet.Fernet.generate_key",
    }
)  # fmt: skip
WRAPPERS = frozenset(
    {
        "base64.b64encode", "base64.urlsafe_b64encode", "base64.b32encode", "base64.b16encode",
        "base64.encodebytes", "binascii.hexlify", "binascii.b2a_hex", "binascii.b2a_base64",
    }
)  # fmt: skip
READERS = frozenset(
    {
        "decouple.config.get", "decouple.AutoConfig.get", "decouple.Config",
        "decouple.Config.get", "environ.Env", "environ.Env.str", "dotenv.dotenv_values.get",
        "dynaconf.Dynaconf", "dynaconf.Dynaconf.get", "dynaconf.LazySettings",
        "dynaconf.LazySettings.get", "dynaconf.settings", "dynaconf.settings.get",
        "os.environ.get", "os.getenv", "os.environ.pop", "os.environ.setdefault",
        "decouple.config", "environs.Env", "environs.Env.str", "environs.Env.bool",
        "environs.Env.int", "environs.env", "environs.env.str", "environs.env.bool",
        "flask.current_app.config.get", "decouple.AutoConfig", "starlette.config.Config",
        "envparse.Env", "envparse.Env.str", "envparse.env", "envparse.env.str",
    }
)  # fmt: skip
FIELDS = frozenset({"pydantic.Field", "pydantic.fields.Field", "pydantic_settings.Field"})
KEEPERS = frozenset({"open", "write", "write_text", "write_bytes", "dump", "commit", "save"})
