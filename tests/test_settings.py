"""Settings are read once, typed, and unknown ones stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import settings
from bot.errors import SettingsError
from bot.settings import ROOT, DoseFigures, Profile


def test_defaults_are_the_demo_on_loopback() -> None:
    found = settings.load({}, None)
    assert (found.profile, found.host, found.dose_figures) == (Profile.DEMO, "127.0.0.1", DoseFigures.SHOW)
    assert found.countries == ("US", "CA", "GB", "IE", "AU")


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="LANTERN_PROFIL"):
        settings.load({"LANTERN_PROFIL": "production"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("LANTERN_PORT", "eighty"), ("LANTERN_PORT", "0"), ("LANTERN_PROFILE", "test"), ("LANTERN_COUNTRIES", "USA")],
)
def test_an_ill_typed_setting_is_named_and_its_value_is_not(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({name: value})
    assert name in refused.value.public
    assert f" {value}" not in refused.value.public


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("LANTERN_PORT=9000\nLANTERN_HOST=0.0.0.0\n")
    found = settings.load({"LANTERN_PORT": "9001"}, file)
    assert (found.port, found.host) == (9001, "0.0.0.0")


def test_a_settings_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        settings.load({}, tmp_path / "nowhere.env")


def test_a_secret_does_not_print_itself() -> None:
    found = settings.load({"LANTERN_SECRET": "tell-nobody"})
    assert "tell-nobody" not in repr(found)
    assert found.signing_key() == b"tell-nobody"


def test_production_needs_a_secret() -> None:
    with pytest.raises(SettingsError, match="LANTERN_SECRET"):
        settings.load({"LANTERN_PROFILE": "production"}).signing_key()


def test_a_demo_keeps_the_secret_it_made(tmp_path: Path) -> None:
    found = settings.load({"LANTERN_DATA_DIR": str(tmp_path / "new")})
    key = found.signing_key()
    assert len(key) == 64
    assert found.signing_key() == key
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o077 == 0


def test_the_example_file_names_every_setting_with_its_default() -> None:
    assert (ROOT / ".env.example").read_text("utf-8") == settings.example()
