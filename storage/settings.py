"""The settings: environment variables named ``BRIDGES_…`` and, optionally, a ``bridges.toml``."""

from __future__ import annotations

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from storage.errors import BadSetting, nearest, shown

PREFIX = "BRIDGES_"
EVERYBODY = "everybody"
CONFIG = "BRIDGES_CONFIG"
"""The variable that names another file than ``bridges.toml`` in the current folder."""


def data_folder() -> Path:
    """Return the folder where everything is kept that no setting puts elsewhere."""
    return Path(platformdirs.user_data_dir("bridges-of-trust", appauthor=False))


NEVER = timedelta.max
"""How often a source is harvested that is switched off."""


class Settings(BaseModel):
    """Everything that can be set, typed; each default works without any set-up.

    ``load_settings`` finds the values: it checks names, which pydantic-settings would not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        default_factory=lambda: f"sqlite:///{data_folder() / 'bridges.db'}",
        description="SQLite file or PostgreSQL",
    )
    mail: str = Field(
        default_factory=lambda: str(data_folder() / "outbox"),
        repr=False,  # it may hold a password
        description="a folder for .eml files, or smtp://USER:PASSWORD@HOST:PORT",
    )
    mail_password: str = Field(
        default="", repr=False, description="the password, where the address in mail has none"
    )
    mail_to: str = Field(
        default="",
        description="who may get mail from a server: everybody, or addresses and @domains;"
        " empty: nobody but the contact",
    )
    letters_per_hour: int = Field(
        default=1000, ge=1, description="more than these are a mistake: the outbox then stops"
    )
    letters_per_minute: int = Field(
        default=60, ge=1, description="to the recipients of one domain; the others wait"
    )
    dkim_key: str = Field(default="", description="the file with the private key that signs mail")
    dkim_selector: str = Field(
        default="bridges", description="where the public key is: SELECTOR._domainkey.DOMAIN"
    )
    model: str = Field(default="", description="the encoder, empty for the bundled one")
    contact: str = Field(
        default="bridges-of-trust@example.org",
        description="the mailbox named in the user agent",
    )
    documents: bool = Field(
        default=True, description="whether attached guidelines are fetched, yes or no"
    )
    base_url: str = Field(
        default="", description="where the officers' pages are; empty: letters link to none"
    )
    aides_territoires_key: str = ""
    secret: str = Field(
        default="", repr=False, description="signs links; empty: made and kept on first use"
    )
    operator: str = Field(
        default="", description="the mailbox told when something is amiss; empty: the contact"
    )
    operator_port: int = Field(
        default=0, ge=0, le=65535, description="where bridges run tells how it is; 0: nowhere"
    )
    harvest_every: dict[str, timedelta] = Field(
        default_factory=dict,
        description="how often sources are harvested: 12h, or 1d,NAME=6h for one; never: not",
    )
    harvest_limit: timedelta = Field(
        default=timedelta(minutes=20), description="how long one harvest may take"
    )
    harvest_memory: int = Field(
        default=2048, ge=256, description="megabytes of memory one harvest may use"
    )
    match_limit: timedelta = Field(
        default=timedelta(hours=2), description="how long one comparison of all calls may take"
    )
    match_memory: int = Field(
        default=2048, ge=256, description="megabytes of memory one comparison may use"
    )
    letters_from: time = Field(
        default=time(7), description="the hour before which bridges run writes no digest"
    )
    log: Literal["text", "json"] = Field(
        default="text", description="how bridges run tells what it does: text, or json lines"
    )
    keep_letters: int = Field(
        default=400, ge=30, description="days after which texts of letters are forgotten"
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not re.match(r"(sqlite|postgres(ql)?(\+psycopg)?)://", value):
            raise ValueError("expected sqlite:///FILE or postgresql://USER@HOST/NAME")
        return value

    @field_validator("mail")
    @classmethod
    def _known_mail(cls, value: str) -> str:
        scheme, separator, _ = value.partition("://")
        if not value or (separator and scheme not in {"smtp", "smtps"}):
            raise ValueError("expected a folder, smtp://HOST or smtps://HOST")
        if separator and not urlsplit(value).hostname:
            raise ValueError("expected a host, as in smtp://mail.example.org")
        return value

    @field_validator("mail_to")
    @classmethod
    def _known_recipients(cls, value: str) -> str:
        for one in re.split(r"[\s,]+", value.strip(" ,\t\n")) if value.strip() else []:
            if one != EVERYBODY and not re.fullmatch(r"[^\s@<>]*@[^\s@<>]+", one):
                raise ValueError("expected everybody, or addresses and @domains with commas")
        return value

    @field_validator("letters_per_hour", "letters_per_minute", mode="before")
    @classmethod
    def _whole_number(cls, value: object) -> object:
        if not re.fullmatch(r"[1-9][0-9]{0,6}", str(value)):
            raise ValueError("expected a whole number from 1 on")
        return int(str(value))

    @field_validator("dkim_selector")
    @classmethod
    def _label(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise ValueError("expected a name of letters, digits, dots and hyphens")
        return value

    @property
    def mailable(self) -> tuple[str, ...] | None:
        """Who may get mail from a server: addresses and ``@domains``; None for everybody."""
        named = [one for one in re.split(r"[\s,]+", self.mail_to) if one]
        if EVERYBODY in named:
            return None
        return (*named, self.contact, *filter(None, [self.operator]))

    @field_validator("contact")
    @classmethod
    def _mailbox(cls, value: str) -> str:
        if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", value):
            raise ValueError("expected an e-mail address")
        return value

    def is_off(self, source: str) -> bool:
        """Whether a source is switched off: harvested never, unless it is named to ``crawl``."""
        every = self.harvest_every
        return every.get(source, every.get("")) == NEVER

    @field_validator("operator")
    @classmethod
    def _mailbox_or_none(cls, value: str) -> str:
        return cls._mailbox(value) if value else value

    @field_validator("harvest_every", mode="before")
    @classmethod
    def _cadences(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, timedelta] = {}
        for part in filter(None, (one.strip() for one in value.split(","))):
            name, _, length = part.rpartition("=")
            off = length.strip() == "never"
            found[name.strip()] = NEVER if off else _length(length)
        return found

    @field_validator("harvest_every")
    @classmethod
    def _polite(cls, value: dict[str, timedelta]) -> dict[str, timedelta]:
        if any(one < timedelta(minutes=10) for one in value.values()):
            raise ValueError("expected 10 minutes (10m) or more: sources are visited as a guest")
        return value

    @field_validator("harvest_limit", "match_limit", mode="before")
    @classmethod
    def _lengths(cls, value: object) -> object:
        return _length(value) if isinstance(value, str) else value

    @field_validator("harvest_limit", "match_limit")
    @classmethod
    def _enough(cls, value: timedelta) -> timedelta:
        if not timedelta(minutes=1) <= value <= timedelta(days=1):
            raise ValueError("expected between one minute (1m) and one day (1d)")
        return value

    @field_validator("letters_from", mode="before")
    @classmethod
    def _hour(cls, value: object) -> object:
        if isinstance(value, str):
            if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:00)?", value.strip()):
                raise ValueError("expected a time of day like 07:00")
            return time.fromisoformat(value.strip().zfill(5))
        return value

    @field_validator("documents", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if isinstance(value, str):
            if value.lower() not in known:
                raise ValueError("expected yes or no")
            return known[value.lower()]
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/]+[^\s]*", value):
            raise ValueError("expected an address like https://bridges.example.org")
        return value.rstrip("/")

    @field_validator("secret")
    @classmethod
    def _long_secret(cls, value: str) -> str:
        if any(len(one) < 16 for one in value.split()):  # noqa: PLR2004
            raise ValueError("expected 16 characters or more, without spaces between them")
        return value


_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def _length(text: str) -> timedelta:
    """Return a length of time like 90m, 12h or 1d (or as ISO 8601 has it: PT12H)."""
    if text.startswith("P"):
        found: timedelta = TypeAdapter(timedelta).validate_python(text)
        return found
    said = re.fullmatch(r"(\d{1,6})\s*([mhd])", text.strip())
    if said is None:
        raise ValueError("expected a length of time like 90m, 12h or 1d")
    return timedelta(**{_UNITS[said[2]]: int(said[1])})


def load_settings(
    environ: Mapping[str, str] | None = None, toml: str | Path | None = None
) -> Settings:
    """Read the settings once; ``environ`` and ``toml`` stand in for the real ones in tests.

    A variable wins over the file. A wrong value or an unknown name is refused (BadSetting).
    """
    environ = os.environ if environ is None else environ
    fields = tuple(Settings.model_fields)
    values, places = _from_file(environ, toml, fields)
    for variable, value in environ.items():
        if not variable.startswith(PREFIX) or variable == CONFIG:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in fields:
            raise BadSetting(_unknown(variable, [PREFIX + f.upper() for f in fields] + [CONFIG]))
        values[name], places[name] = value, variable
    try:
        return Settings(**values)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        reason = first["msg"].removeprefix("Value error, ")
        hidden = name in {"secret", "mail_password", "aides_territoires_key"}
        got = "a secret" if hidden else shown(_without_password(str(first["input"])))
        raise BadSetting(f"{places[name]}: {reason}, got {got}") from error


def secret_key(settings: Settings) -> str:
    """Return the secret that signs links; made on first use in a file only its owner can read."""
    return secret_keys(settings)[0]


def with_secrets(settings: Settings) -> Settings:
    """Return the settings with what ``secret_keys`` finds in them, for whoever needs it often."""
    return settings.model_copy(update={"secret": " ".join(secret_keys(settings))})


def secret_keys(settings: Settings) -> tuple[str, ...]:
    """Return the secret that signs links, then former ones, whose links are still honoured.

    Both the setting and the file may hold several, separated by spaces or lines, newest first.
    """
    if settings.secret.strip():
        return tuple(settings.secret.split())
    path = data_folder() / "secret"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _create_private(path)
        if found := path.read_text(encoding="ascii").split():
            return tuple(found)
        raise BadSetting(f"{path} is empty; delete it for a new secret, or put the old one back")
    except UnicodeDecodeError as error:
        raise BadSetting(f"{path} does not hold a secret: put the old one back") from error
    except OSError as error:
        raise BadSetting(f"{PREFIX}SECRET is not set and {path} cannot be used: {error}") from error


def _create_private(path: Path) -> None:
    """Write a new secret to ``path`` unless one is there; it appears whole or not at all."""
    draft = path.with_name(f"secret.{os.getpid()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _from_file(
    environ: Mapping[str, str], toml: str | Path | None, fields: tuple[str, ...]
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the values of the TOML file, and for each the place to name when it is wrong."""
    named = toml or environ.get(CONFIG)
    path = Path(named or "bridges.toml")
    if not named and not path.exists():
        return {}, {}
    try:
        values: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{path} cannot be read: {error}") from error
    for name in values:
        if name not in fields:
            raise BadSetting(f"{path}: {_unknown(name, fields)}")
    return values, {name: f"{path}: {name}" for name in values}


def _unknown(name: str, known: tuple[str, ...] | list[str]) -> str:
    tails = {one.removeprefix(PREFIX): one for one in known}  # the prefix alone is no likeness
    near = nearest(name.removeprefix(PREFIX), tails, limit=1)
    hint = f"did you mean {tails[near[0]]}?" if near else f"known: {', '.join(known)}"
    return f"unknown setting {name}; {hint}"


def _without_password(text: str) -> str:
    """Return ``text`` with the password of an address in it replaced by stars."""
    return re.sub(r"(://[^:/@\s]*:)[^@\s]*@", r"\1***@", text)
