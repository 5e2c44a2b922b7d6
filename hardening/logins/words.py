"""What the name of an endpoint, or a path, says about it, in the languages that apps are named in.

Whole words only, without accents. Names are the weakest evidence: they decide where neither a
setting nor the code of the view does.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Kind = Literal["login", "logout", "register", "reset", "reauth", "code"]


def _whole(*words: str) -> str:
    # Compiled at the first request, by `re` itself, which keeps it.
    return rf"(?:^|_)(?:{'|'.join(words)})(?:_|$)"


# A single sign-on's way back carries no password, and its cross-site POST must not be taken
# for a login form.
_CALLBACK = _whole(r"saml|acs|callback|oauth2?|oidc|openid|sso|webhook|magic")
_WORDS: tuple[tuple[Kind, str], ...] = (  # the first that matches decides
    (
        "logout",
        _whole(
            r"log_?out|log_?off|sign_?out|sign_?off",
            r"(?:de|dis)connexion|(?:se_)?deconnecter",  # French
            r"abmelden|abmeldung|ausloggen",  # German
            r"cerrar_sesion|salir",  # Spanish
            r"sair|encerrar_sessao|disconnetti|esci",  # Portuguese, Italian
            r"uitloggen|afmelden|wyloguj|logga_ut|logg_ut|log_ud",  # Dutch, Polish, Nordic
            r"cikis|vyiti|vykhod|выход|выйти|登出|退出|注销|ログアウト|로그아웃",
        ),
    ),
    (
        "register",
        _whole(
            r"register|registration|sign_?up|join|create_account",
            r"inscription|s_inscrire|registrieren|registrierung",
            r"registrarse|registrar|registro|crear_cuenta|cadastro|cadastrar|registrati",
            r"registreren|rejestracja|zarejestruj|registrera|kayit",
            r"регистрация|注册|註冊|新規登録|会員登録|회원가입",
        ),
    ),
    (
        "reset",
        _whole(
            r"reset|forgot(?:ten)?|recover(?:y)?|lost_password",
            r"mot_de_passe_oublie|passwort_vergessen|kennwort_vergessen",
            r"(?:olvide|recuperar|restablecer)(?:_\w+)?|esqueci(?:_\w+)?|wachtwoord_vergeten",
            r"忘记密码|找回密码",
        ),
    ),
    (
        "reauth",
        _whole(r"re_?auth(?:enticate)?|confirm_password|verify_password|sudo"),
    ),
    (
        "login",
        _whole(
            r"log_?in|log_?on|sign_?in|authenticate|auth",
            r"connexion|(?:se_)?connecter",
            r"anmelden|anmeldung|einloggen",
            r"iniciar_sesion|inicio_sesion|acceder|ingresar",
            r"entrar|iniciar_sessao|accedi",
            r"inloggen|aanmelden|zaloguj|logowanie|logga_in|logg_inn|log_ind|kirjaudu",
            r"giris|voiti|vkhod|вход|войти|登录|登錄|登入|ログイン|로그인",
        ),
    ),
)
# A short secret that is sent to somebody or shown by an app, and so can be guessed.
_CODE = _whole(
    r"otp|totp|hotp|mfa|tfa|2fa|[a-z]+_(?:otp|totp)|one_time(?:_\w+)?|passcode|pass_code",
    r"two_?factor|second_?factor|two_?step|multi_?factor|authenticator",
    r"(?:verification|security|confirmation|access|login|sms|email|phone|backup|recovery)_codes?",
    r"(?:verify|confirm|check|enter|validate|submit)_(?:\w+_)?code",
)
# One endpoint for everything: what a request to it asks for, its address does not say.
_SHARED = _whole(r"graphql|gql|rpc|json_?rpc|xml_?rpc|soap")
_CHANGE = _whole(
    r"(?:change|update|edit|set|new)_pass(?:word|wd)?|pass(?:word|wd)?_(?:change|update|edit)",
    r"changer_(?:le_|de_)?mot_de_passe|(?:passwort|kennwort)_aendern|cambiar_contrasena",
)
# Fields that hold one, as a view names them.
CODE_FIELDS = frozenset(
    [
        "otp",
        "totp",
        "otp_code",
        "totp_code",
        "mfa_code",
        "tfa_code",
        "two_factor_code",
        "twofactor",
        "one_time_code",
        "verification_code",
        "security_code",
        "confirmation_code",
        "sms_code",
        "login_code",
        "backup_code",
        "recovery_code",
        "passcode",
        "otp_token",
        "totp_token",
        "mfa_token",
        "token_2fa",
        "code_2fa",
    ]
)


def kinds_of(name: str) -> list[Kind]:
    """Return what the last part of an endpoint's name or of a path says, surest first."""
    parts = _parts(name)
    words = _words(parts[-1]) if parts else ""
    return [kind for kind, pattern in _WORDS if re.search(pattern, words)]


def names_code(name: str) -> bool:
    """Return whether any part of an endpoint's name or of a path speaks of a code."""
    return any(re.search(_CODE, _words(part)) for part in _parts(name))


def is_shared(name: str) -> bool:
    """Return whether a name speaks of one endpoint for every operation."""
    return re.search(_SHARED, _words(name)) is not None


def names_change(name: str) -> bool:
    """Return whether the last part of a name speaks of a new password for who is logged in."""
    parts = _parts(name)
    return bool(parts) and re.search(_CHANGE, _words(parts[-1])) is not None


def is_callback(name: str) -> bool:
    """Return whether a name speaks of the way back from a single sign-on."""
    return re.search(_CALLBACK, _words(name)) is not None


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[./]", re.sub(r"<[^>]*>", "", name)) if part]


def _words(name: str) -> str:
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    if not separated.isascii():
        apart = unicodedata.normalize("NFKD", separated.replace("\u0131", "i"))
        # Accents of Latin letters only: elsewhere they tell letters apart, and NFC keeps them.
        bare = re.sub(r"(?<=[A-Za-z])[\u0300-\u036f]+", "", apart)
        separated = unicodedata.normalize("NFC", bare)
    return re.sub(r"[\W_]+", "_", separated.lower()).strip("_")
