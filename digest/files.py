"""Where the program's own files lie, in a checkout and in an installed copy, and how a file is written whole."""

import re
import secrets
from pathlib import Path

from digest.errors import ConfigError

_PACKAGE = Path(__file__).parent
TRANSLATIONS = _PACKAGE / "translations"
"""Where the catalogues lie: `<language>/LC_MESSAGES/letters.po`."""
_TEMPLATE_ENDINGS = {".mjml", ".txt", ".html", ".css"}


def shipped(name: str) -> Path:
    """A file or folder that comes with the program: `config.yaml`, `templates` or `sample`.

    The wheel carries what lies at the root of a checkout in digest/shipped; the sample lies in digest in both.
    """
    if name == "sample":
        return _PACKAGE / name
    installed = _PACKAGE / "shipped"
    return (installed if installed.is_dir() else _PACKAGE.parent) / name


def read_templates(override: Path | None, under: str = "email") -> dict[str, str]:
    """The templates below `under`, by names like `email/digest/body.mjml`.

    A file in the folder `override` takes the place of the shipped one with its name, which can still be extended as
    `shipped/email/digest/body.mjml`. Raises ConfigError for a template that cannot be read.
    """
    ours = _read_folder(shipped("templates"), under)
    theirs = _read_folder(override, under) if override else {}
    return ours | theirs | {f"shipped/{name}": ours[name] for name in theirs if name in ours}


def themes(override: Path | None) -> tuple[str, ...]:
    """The names of the themes of letters, shipped and in the folder `override`."""
    folders = [folder / "email" / "themes" for folder in (shipped("templates"), override) if folder]
    return tuple(sorted({path.name for folder in folders for path in folder.glob("*/")}))


def languages() -> tuple[str, ...]:
    """The codes of the languages that there is a catalogue of a letter's fixed words for."""
    return tuple(sorted(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/letters.po")))


def _read_folder(folder: Path, under: str) -> dict[str, str]:
    paths = sorted(path for path in (folder / under).rglob("*") if path.suffix in _TEMPLATE_ENDINGS)
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), None, "", "this template is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(str(path), None, "", f"this template cannot be read: {error.strerror}") from error


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: whoever reads `path` meanwhile sees the old content or the new one.

    Raises OSError where the folder is missing or full; nothing half-written stays.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove_files_naming(folder: Path, mention: re.Pattern[str]) -> int:
    """Remove every file of a folder of letters, or of a Maildir, in which a mention is found; how many they were."""
    removed = 0
    for file in [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []:
        if mention.search(file.read_text("utf-8", "replace")):
            file.unlink()
            removed += 1
    return removed
