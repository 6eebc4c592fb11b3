"""What ``convalgebra analyze --explain`` says: where a counter differs from our mult-adds, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convalgebra.networks.network import Network
    from convalgebra.networks.tables.table import Table


def explained(network: Network, table: Table) -> dict[str, Any]:
    """Return for a tool, or for each, where it differs from our mult-adds, by the reason."""
    from convalgebra.networks.counters.conventions import convention_names, differences  # noqa: PLC0415
    from convalgebra.networks.tables.data import plain  # noqa: PLC0415

    tools = convention_names()[1:] if table.tool is None else (table.tool.name,)
    return {
        name: [
            {
                "layer": one.layer,
                "type": one.type,
                "ours": plain(one.ours),
                "theirs": plain(one.theirs),
                "why": one.why,
            }
            for one in differences(network, name, table.include)
        ]
        for name in tools
    }


def lines_of(name: str, found: list[dict[str, Any]]) -> list[str]:
    """Return what is said of one tool, the layers together that differ for one reason."""
    from convalgebra.networks.counters.conventions import convention  # noqa: PLC0415

    tool = convention(name)
    if not found:
        return [f"\n{name} ({tool.version}) counts our mult-adds in every layer"]
    by_reason: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in found:
        by_reason.setdefault((one["type"], one["why"]), []).append(one)
    lines = [f"\n{name} ({tool.version}), {tool.unit}, where it is not our mult-adds:"]
    for (kind, why), layers in by_reason.items():
        lines.append(f"  {kind}: {why}")
        lines += [
            f"    {json.dumps(one['layer'], ensure_ascii=False)[1:-1]}: "
            f"ours {_number(one['ours'])}, {name} {_number(one['theirs'])}"
            for one in layers
        ]
    return lines


def _number(value: int | str | None) -> str:
    return "not known" if value is None else f"{value:,}" if isinstance(value, int) else value
