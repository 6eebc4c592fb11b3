"""The inspector as a widget of a notebook, by the protocol of anywidget and nothing besides.

The view keeps its setting in ``state``, in the browser and here alike; what Python is asked comes and goes
as messages. This is the one module that imports anywidget.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from importlib import resources
from typing import Any

from convalgebra.errors import ArgumentError, ConvalgebraError
from convalgebra.inspector.answers import OWN, answer, answer_own, operator_of
from convalgebra.inspector.bundle import script
from convalgebra.inspector.catalogue import in_short
from convalgebra.inspector.own import own_data
from convalgebra.inspector.page import page
from convalgebra.inspector.start import data_of
from convalgebra.inspector.states import checked_state, type_of
from convalgebra.operators.base import Operator

try:
    import anywidget
    import traitlets
except ImportError as error:
    raise ImportError(
        f"op.inspect() needs what is not installed here ({error}): pip install 'convalgebra[notebook]'"
    ) from error

_NOTEBOOK = resources.files("convalgebra.inspector") / "notebook.js"


class Inspector(anywidget.AnyWidget):
    """The inspector of an operator in a notebook; ``operator`` and ``state`` say what it shows now.

    ``state`` is {type, axes, values, view, ...}: assign some of these keys to show another setting, observe
    it to follow the user. What is left out of values is as the type starts; assigning what the page does
    not have raises ``ArgumentError``.
    """

    _esm = f"{script()}\n{_NOTEBOOK.read_text('utf-8')}"
    data = traitlets.Dict().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, operator: Operator, **values: int) -> None:
        self._given = operator
        data = data_of(operator, "notebook", whole=True)
        first = {**type_of(data, data["start"]["type"])["start"], **data["start"]}
        if values:
            first["values"] = _first_values(operator, values)
        self._held = data
        super().__init__(data={**data, "types": in_short(data["types"])}, state=deepcopy(first))
        self.on_msg(_answered)

    @property
    def operator(self) -> Operator:
        """The operator of the setting in ``state``.

        Raises ``ArgumentError`` that says why where the setting is not legal; what is drawn is the last
        legal one then.
        """
        return operator_of(self.state, self._given)

    def told(self, about: str, setting: Mapping[str, Any]) -> Any:
        """Return what Python says to a setting: the "answer" of the panel, or the "page" to keep.

        Raises ``ArgumentError`` for what is not understood.
        """
        if about == "page":
            return page({**self._held, "place": "file", "start": dict(setting)})
        if about != "answer":
            raise ArgumentError(f"about={about!r} must be 'answer' or 'page'")
        if setting.get("type") == OWN:
            return answer_own(setting, self._given)
        return answer(dict(setting))

    @traitlets.validate("state")
    def _is_state(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        """Return the state with what is new in it; refuse what the page cannot show."""
        found: dict[str, Any] = checked_state(proposal["value"], self.state, self._held)
        return found


def inspector(operator: Operator, values: Mapping[str, Any]) -> Inspector:
    """Return the widget of an operator; ``values`` are the first ones of its names.

    >>> import convalgebra as ca
    >>> widget = inspector(ca.conv("D", 1, "N", 3), {"N": 6})
    >>> widget.operator.input_shape[1], widget.state["type"]
    (6, 'own')
    """
    return Inspector(operator, **values)


def _answered(widget: Inspector, content: Any, _buffers: Any) -> None:
    """Answer a question of the view; a mistake goes back in words, so that the view waits for nothing."""
    if not isinstance(content, dict) or content.get("kind") != "question":
        return
    reply: dict[str, Any] = {"kind": "answer", "id": content.get("id")}
    setting = content.get("setting")
    try:
        if not isinstance(setting, dict):
            raise ArgumentError(f"setting={setting!r} must be an object")
        reply["answer"] = widget.told(content.get("about", ""), setting)
    except ConvalgebraError as error:
        reply["error"] = str(error)
    except Exception as error:
        reply["error"] = f"{type(error).__name__}: {error}"
        raise
    finally:
        widget.send(reply)


def _first_values(operator: Operator, given: Mapping[str, Any]) -> dict[str, int]:
    """Return numbers for all names of an operator: those given, and small ones that go with them."""
    for name, value in given.items():
        if type(value) is not int:
            raise ArgumentError(f"{name}={value!r} must be a whole number")
    rest = own_data(operator.subs(given))["start"]["values"]
    return {name: {**rest, **given}[name] for name in sorted(str(s) for s in operator.symbols)}
