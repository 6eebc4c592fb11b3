"""``convalgebra verify``: everything that can be checked, checked again."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from convalgebra.cli.mistakes import told
from convalgebra.cli.printing import FORMAT, rows_of

if TYPE_CHECKING:
    from convalgebra.verification.jobs import Outcome


@click.command("verify", short_help="Check everything that can be checked.")
@click.option(
    "--only",
    multiple=True,
    metavar="KIND[:NAME]",
    help="Only closed-forms, identities, derivations or claims, or one of them by name.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Draws the sizes.")
@click.option(
    "--cases", type=click.IntRange(1, 1000), default=12, show_default=True, help="Sizes drawn at a time."
)
@click.option(
    "--budget",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop then; until then draw other sizes again and again.  [default: everything once]",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=2, show_default=True, help="How many side by side."
)
@FORMAT
def verify_all(
    only: tuple[str, ...], seed: int, cases: int, budget: float | None, processes: int, as_format: str
) -> None:
    """Check identities, claims, derivations and closed forms at drawn sizes, side by side.

    A summary comes last, with the command that repeats each failure. The exit code is 1 if there is one, or
    if the budget ended before everything was done once. Interrupting it prints what was done so far.
    """
    from convalgebra.cli.progress import INTERRUPTED, Progress  # noqa: PLC0415
    from convalgebra.verification.jobs import jobs  # noqa: PLC0415
    from convalgebra.verification.run import verify  # noqa: PLC0415

    with told():
        chosen = jobs(only, seed, cases)
    done: list[Outcome] = []
    interrupted = False
    try:
        with (
            Progress(len(chosen)) as progress,
            closing(verify(chosen, processes=processes, budget=budget)) as outcomes,
        ):
            for outcome in outcomes:
                done.append(outcome)
                progress.stage(f"{outcome.job.kind}: {outcome.job.name}")
    except KeyboardInterrupt:
        interrupted = True
    known = {_named(outcome) for outcome in done}
    unfinished = [f"{job.kind}:{job.name}" for job in chosen if (job.kind, job.name) not in known]
    told_as = _as_json if as_format == "json" else _as_text
    click.echo(told_as(done, unfinished, interrupted))
    if interrupted:
        sys.exit(INTERRUPTED)
    if unfinished or any(outcome.failures for outcome in done):
        sys.exit(1)


def _named(outcome: Outcome) -> tuple[str, str]:
    return outcome.job.kind, outcome.job.name


def _summary(done: list[Outcome]) -> dict[str, dict[str, Any]]:
    """Return, for each kind, how many things and sizes were checked, how long it took, what failed."""
    found: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(outcome.job.kind for outcome in done):
        some = [outcome for outcome in done if outcome.job.kind == kind]
        found[kind] = {
            "names": len({outcome.job.name for outcome in some}),
            "checks": sum(outcome.checks for outcome in some),
            "failures": sum(len(outcome.failures) for outcome in some),
            "seconds": round(sum(outcome.seconds for outcome in some), 2),
        }
    return dict(sorted(found.items()))


def _as_text(done: list[Outcome], unfinished: list[str], interrupted: bool) -> str:
    rows: list[tuple[str, ...]] = [("", "names", "checks", "failures", "seconds")]
    rows += [(kind, *(str(value) for value in of.values())) for kind, of in _summary(done).items()]
    lines = [rows_of(rows)] if done else ["nothing was checked"]
    for outcome in done:
        lines += [f"FAILED {outcome.job.kind}: {outcome.job.name}: {told}" for told in outcome.failures]
        lines += [f"  again: {outcome.job.command}"] if outcome.failures else []
    if unfinished:
        more = f" and {len(unfinished) - 5} more" if len(unfinished) > 5 else ""
        lines.append(f"not done: {', '.join(unfinished[:5])}{more}")
    checks, failures = sum(o.checks for o in done), sum(len(o.failures) for o in done)
    end = "interrupted; what was done so far: " if interrupted else ""
    lines.append(f"{end}{checks} checks, {failures} failures")
    return "\n".join(lines)


def _as_json(done: list[Outcome], unfinished: list[str], interrupted: bool) -> str:
    failed = [
        {
            "kind": outcome.job.kind,
            "name": outcome.job.name,
            "failures": list(outcome.failures),
            "command": outcome.job.command,
        }
        for outcome in done
        if outcome.failures
    ]
    facts = {
        "kinds": _summary(done),
        "failed": failed,
        "unfinished": unfinished,
        "interrupted": interrupted,
    }
    return json.dumps(facts, indent=2, ensure_ascii=False)
