"""`session.json`: where the system that `mtmo up` started can be reached, for the other verbs on this desk."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from mtmo_host.durable import write_whole
from mtmo_host.errors import MtmoError

SESSION_FILE = "session.json"


@dataclass(frozen=True, slots=True)
class Session:
    """URL and application token of the platform, paths of master key and fleet file, the operator's address."""

    http: str
    token: str
    keys: str
    operator: str
    fleet: str


def default_state_dir() -> Path:
    """`$XDG_STATE_HOME/mtmo`, or `~/.local/state/mtmo`."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "state") / "mtmo"


def save_session(state_dir: str | Path, session: Session) -> Path:
    """Writes `session.json` (mode 0600) and returns its path."""
    path = Path(state_dir) / SESSION_FILE
    write_whole(path, json.dumps(asdict(session), indent=1) + "\n", 0o600)
    return path


def load_session(state_dir: str | Path) -> Session | None:
    """The session of a state directory, None without one. Raises MtmoError for a damaged file."""
    path = Path(state_dir) / SESSION_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Session(**{field.name: _text(content[field.name]) for field in fields(Session)})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MtmoError(f"cannot be read: {error.strerror}", field=str(path)) from None
    except (ValueError, KeyError, TypeError):
        raise MtmoError("is damaged", field=str(path), fix="start `mtmo up` again") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
