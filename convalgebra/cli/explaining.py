"""What ``convalgebra analyze --explain`` says: where a counter differs from our mult-adds, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.networks.counters.conventions import Difference
    from convalgebra.networks.network import Network
    from convalgebra.networks.tables.table import Table
    from convalgebra.proofs import Size


def explained(network: Network, table: Table) -> Mapping[str, Sequence[Difference]]:
    """Return for the tool of a table, or for each, where it differs from our mult-adds."""
    from convalgebra.networks.counters.conventions import convention_names, differences  # noqa: PLC0415

    tools = convention_names()[1:] if table.tool is None else (table.tool.name,)
    return {name: differences(network, name, table.include) for name in tools}


def as_data(found: Mapping[str, Sequence[Difference]]) -> dict[str, Any]:
    """Return the differences as they stand in JSON."""
    from convalgebra.networks.tables.data import plain  # noqa: PLC0415

    return {
        name: [
            {
                "layer": one.layer,
                "type": one.type,
                "ours": plain(one.ours),
                "theirs": plain(one.theirs),
                "why": one.why,
            }
            for one in each
        ]
        for name, each in found.items()
    }


def lines_of(name: str, found: Sequence[Difference]) -> list[str]:
    """Return what is said of one tool, the layers together that differ for one reason."""
    from convalgebra.networks.counters.conventions import by_reason, convention  # noqa: PLC0415

    tool = convention(name)
    if not found:
        return [f"\n{name} ({tool.version}) counts our mult-adds in every layer"]
    lines = [f"\n{name} ({tool.version}), {tool.unit}, where it is not our mult-adds:"]
    for (kind, why), layers in by_reason(found).items():
        lines.append(f"  {kind}: {why}")
        lines += [
            f"    {json.dumps(one.layer, ensure_ascii=False)[1:-1]}: "
            f"ours {_number(one.ours)}, {name} {_number(one.theirs)}"
            for one in layers
        ]
    return lines


def _number(value: Size | None) -> str:
    from convalgebra.formulas import text  # noqa: PLC0415

    return "not known" if value is None else f"{value:,}" if isinstance(value, int) else text(value)
