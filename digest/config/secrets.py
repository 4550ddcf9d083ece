"""Secrets from files: `password_file` beside `password` names a file that holds nothing else."""

from collections.abc import Mapping
from typing import get_args

from pydantic import BaseModel, SecretStr

from digest.config.document import Document, Place


def secret_keys(model: type[BaseModel]) -> list[str]:
    """The keys of a model whose value is a secret."""
    return [
        field.alias or name
        for name, field in model.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    ]


def read_secrets(
    document: Document, place: Place, model: type[BaseModel], options: Mapping[str, object]
) -> dict[str, object]:
    """The options with every `…_file` of a secret read. Raises ConfigError for a file that gives none."""
    values = dict(options)
    for key in secret_keys(model):
        twin = f"{key}_file"
        if twin not in values:
            continue
        if key in values:
            raise document.fault((*place, twin), f"{key} is given as well; keep one of the two")
        values[key] = SecretStr(_read(document, (*place, twin), values.pop(twin)))
    return values


def _read(document: Document, place: Place, name: object) -> str:
    if not isinstance(name, str) or not name:
        raise document.fault(place, "wants the path of a file; a relative one counts from the configuration's folder")
    path = document.folder / name
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise document.fault(place, f"there is no file {path}; put the secret there, and nothing else") from None
    except (OSError, UnicodeDecodeError) as error:
        raise document.fault(place, f"the file {path} cannot be read as text; mind its rights: {error}") from error
    if not secret:
        raise document.fault(place, f"the file {path} is empty; put the secret there, and nothing else")
    return secret
