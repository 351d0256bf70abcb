"""Templates, listed and filled: for the worker."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from crystalmathd.models.templates import Template
from crystalmathd.services.template_files import all_templates, find_template
from crystalmathd.services.template_rendering import options_of, rendered
from crystalmathd.services.template_values import filled_in


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """A template with values: its text, or the options for its generator."""

    template: Template
    text: str | None
    options: dict[str, Any]


def list_templates(directory: str) -> list[bytes]:
    """Return every template; `directory` holds those of the user."""
    return [msgspec.json.encode(all_templates(Path(directory)))]


def fill_template(name: str, values: Mapping[str, Any], directory: str) -> list[bytes]:
    """Fill a template.

    Raises
    ------
    TemplateNotFoundError, TemplateRefusedError, TemplateValueError
    """
    template = find_template(name, Path(directory))
    complete = filled_in(template, values)
    is_text = template.input is not None
    filled = Filled(
        template=template,
        text=rendered(template, complete) if is_text else None,
        options={} if is_text else options_of(template, complete),
    )
    return [msgspec.json.encode(filled)]
