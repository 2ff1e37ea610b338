"""``serve``: the server alone."""

from __future__ import annotations

import argparse
import sys

from bot import boot
from bot.answers.release import unsigned
from bot.errors import SettingsError
from bot.gateway import Gateway
from bot.settings import Profile, Settings

__all__ = ["configure", "do"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.set_defaults(do=do)


def do(_options: argparse.Namespace, settings: Settings) -> int:
    """Serve until interrupted."""
    boot.prepare(settings.log_level)
    from bot.app import create_app, create_gateway

    gateway = create_gateway(settings)
    if settings.profile is Profile.PRODUCTION:
        _require_signatures(gateway, settings)
    app = create_app(settings, gateway)
    print(f"Lantern: http://{settings.host}:{settings.port}  (Ctrl-C stops it)", file=sys.stderr, flush=True)
    try:
        app.run(settings.host, settings.port, workers=1, access_log=False, debug=False, motd=False)
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be opened. Set LANTERN_PORT to a free one."
        ) from error
    return 0


def _require_signatures(gateway: Gateway, settings: Settings) -> None:
    gateway.library.refresh()
    missing = unsigned(gateway.library.release(), settings.countries)
    if missing:
        shown = ", ".join(missing[:3])
        raise SettingsError(
            f"Production serves approved text alone, and {len(missing)} crisis cards and helpline tables are not signed off "
            f"({shown}, …). Use LANTERN_PROFILE=demo until they are."
        )
