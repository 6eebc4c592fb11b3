"""The templates of reports: ours and those of a user, and what is wrong with one that does not work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2

from convalgebra.errors import ArgumentError, ConvalgebraError

_AROUND = 2  # lines of a template shown around the one at fault


class TemplateError(ConvalgebraError):
    """A template is no template, or asks for what there is not; the message shows the lines at fault."""


def make_environment(templates: Path | None, **settings: Any) -> jinja2.Environment:
    """Return what renders templates; those in a user's folder come first.

    Raises ``ArgumentError`` where that is no folder, or has nothing that takes the place of ours.
    """
    own = jinja2.PackageLoader("convalgebra.reporting", "templates")
    loaders: list[jinja2.BaseLoader] = [own]
    if templates is not None:
        loaders.insert(0, _users(templates, own.list_templates()))
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        **settings,
    )


def _users(templates: Path, ours: list[str]) -> jinja2.BaseLoader:
    if not templates.is_dir():
        raise ArgumentError(f"templates={str(templates)!r} must be a folder of templates")
    names = sorted(name for name in ours if Path(name).suffix in (".j2", ".css"))
    if not any((templates / name).is_file() for name in names):
        raise ArgumentError(f"templates={str(templates)!r} must hold one of {', '.join(names)}")
    return jinja2.FileSystemLoader(templates)


def rendered(environment: jinja2.Environment, name: str, **values: Any) -> str:
    """Return a template with its values; raise ``TemplateError`` with the lines at fault."""
    try:
        return environment.get_template(name).render(**values)
    except jinja2.TemplateError as error:
        raise _explained(error, environment) from None


def _explained(error: jinja2.TemplateError, environment: jinja2.Environment) -> TemplateError:
    """Return an error that shows the lines of the template at fault."""
    name, line = getattr(error, "name", None), getattr(error, "lineno", None)
    trace = error.__traceback__
    while line is None and trace is not None:
        # The frames of a template bear its file and its lines.
        if (file := trace.tb_frame.f_code.co_filename).endswith(".j2"):
            name, at = Path(file).name, trace.tb_lineno
            if trace.tb_next is None or not trace.tb_next.tb_frame.f_code.co_filename.endswith(".j2"):
                line = at
        trace = trace.tb_next
    said = f"template {name}: {error.message or type(error).__name__}" if name else str(error)
    if name is None or line is None or environment.loader is None:
        return TemplateError(said)
    source = environment.loader.get_source(environment, name)[0].splitlines()
    return TemplateError(f"{said}\n{excerpt(source, line, _AROUND)}")


def excerpt(source: list[str], line: int, around: int) -> str:
    """Return the lines of a source around one, which is marked.

    >>> print(excerpt(["a", "b", "c"], 2, 1))
      1  a
    > 2  b
      3  c
    """
    numbers = range(max(line - around, 1), min(line + around, len(source)) + 1)
    wide = len(str(numbers[-1])) if numbers else 1
    return "\n".join(
        f"{'>' if at == line else ' '} {at:{wide}}  {source[at - 1][:200]}".rstrip() for at in numbers
    )
