"""Settings: defaults need nothing, wrong ones are refused by name."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from storage.database import open_database
from storage.errors import BadSetting
from storage.settings import load_settings, secret_key


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and a home of its own, so that no real setting is read or written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)


def test_defaults_work_without_any(tmp_path: Path) -> None:
    found = load_settings({})
    assert found.database_url.startswith("sqlite:////")
    assert Path(found.mail).is_absolute()
    assert found.base_url == ""
    assert not (tmp_path / "home").exists()
    open_database(found.database_url).dispose()


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "bridges.toml").write_text(
        'contact = "file@example.org"\nbase_url = "https://file.example.org/"\n', encoding="utf-8"
    )
    found = load_settings({"BRIDGES_CONTACT": "variable@example.org", "PATH": "/bin"})
    assert found.contact == "variable@example.org"
    assert found.base_url == "https://file.example.org"


def test_another_file_may_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('contact = "other@example.org"\n', encoding="utf-8")
    assert load_settings({"BRIDGES_CONFIG": str(other)}).contact == "other@example.org"
    assert load_settings({}, other).contact == "other@example.org"


@pytest.mark.parametrize(
    ("said", "meant"), [("no", False), ("FALSE", False), ("0", False), ("yes", True), ("1", True)]
)
def test_attached_files_can_be_left_alone(said: str, *, meant: bool) -> None:
    assert load_settings({"BRIDGES_DOCUMENTS": said}).documents is meant
    assert load_settings({}).documents is True
    with pytest.raises(BadSetting, match="BRIDGES_DOCUMENTS: expected yes or no, got 'perhaps'"):
        load_settings({"BRIDGES_DOCUMENTS": "perhaps"})


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("BRIDGES_DATABASE_URL", "mysql://x", "expected sqlite:///FILE or postgresql://"),
        ("BRIDGES_DATABASE_URL", "bridges.db", "expected sqlite:///FILE or postgresql://"),
        ("BRIDGES_CONTACT", "nobody", "expected an e-mail address"),
        ("BRIDGES_CONTACT", "a@b.org\nx: y", "expected an e-mail address"),
        ("BRIDGES_BASE_URL", "bridges.example.org", "expected an address like https://"),
        ("BRIDGES_MAIL", "", "expected a folder"),
        ("BRIDGES_MAIL", "imap://mail.example.org", "expected a folder, smtp://"),
        ("BRIDGES_MAIL", "smtp://", "expected a host"),
        ("BRIDGES_SECRET", "short", "expected 16 characters"),
    ],
)
def test_a_wrong_value_is_refused_by_name(variable: str, value: str, said: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings({variable: value})
    assert variable in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadSetting, match="did you mean BRIDGES_DATABASE_URL"):
        load_settings({"BRIDGES_DATABASE_URI": "sqlite:///x.db"})
    with pytest.raises(BadSetting, match="known: "):
        load_settings({"BRIDGES_XYZZY": "1"})


def test_no_secret_and_no_password_is_repeated() -> None:
    with pytest.raises(BadSetting) as caught:
        load_settings({"BRIDGES_SECRET": "hunter2"})
    assert "hunter2" not in str(caught.value)
    with pytest.raises(BadSetting) as caught:
        load_settings({"BRIDGES_DATABASE_URL": "mysql://u:hunter2@host/x"})
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(load_settings({"BRIDGES_SECRET": "hunter2" * 3}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact = ", "cannot be read"),
        ("contacts = 'a@b.org'", "did you mean contact"),
        ("contact = 7", "contact: "),
        ("[section]\ncontact = 'a@b.org'", "unknown setting section"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bridges.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadSetting) as caught:
        load_settings({})
    assert "bridges.toml" in str(caught.value)
    assert said in str(caught.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"nowhere\.toml cannot be read"):
        load_settings({"BRIDGES_CONFIG": str(tmp_path / "nowhere.toml")})


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = load_settings({})
    first = secret_key(settings)
    assert len(first) >= 32
    assert secret_key(settings) == first
    (file,) = (tmp_path / "home").rglob("secret")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret"]
    assert secret_key(load_settings({"BRIDGES_SECRET": "x" * 20})) == "x" * 20


def test_a_secret_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(BadSetting, match="BRIDGES_SECRET is not set"):
        secret_key(load_settings({}))


def test_the_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("BRIDGES_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BRIDGES_CONTACT", "real@example.org")
    assert load_settings().contact == "real@example.org"


def test_who_may_get_mail() -> None:
    def found(value: str) -> tuple[str, ...] | None:
        return load_settings({"BRIDGES_MAIL_TO": value, "BRIDGES_CONTACT": "desk@x.org"}).mailable

    assert found("everybody") is None
    assert found("") == ("desk@x.org",)
    assert found("a@b.org, @town.example.org") == ("a@b.org", "@town.example.org", "desk@x.org")


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("MAIL_TO", "all", "expected everybody, or addresses and @domains"),
        ("LETTERS_PER_HOUR", "0", "expected a whole number from 1 on"),
        ("LETTERS_PER_MINUTE", "many", "expected a whole number from 1 on"),
        ("DKIM_SELECTOR", "a b", "expected a name of letters, digits, dots and hyphens"),
    ],
)
def test_wrong_settings_of_mail(name: str, value: str, reason: str) -> None:
    with pytest.raises(BadSetting, match=reason) as told:
        load_settings({f"BRIDGES_{name}": value})
    assert f"BRIDGES_{name}" in str(told.value)


def test_passwords_are_in_no_listing_of_the_settings() -> None:
    said = repr(
        load_settings({"BRIDGES_MAIL": "smtp://me:hidden-1@x", "BRIDGES_MAIL_PASSWORD": "hidden-2"})
    )
    assert "hidden" not in said
