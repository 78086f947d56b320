"""``capacity who-pays``: what state, municipalities and operators pay in each way of paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from capacity.cli.options import case_options, output_options, read_problem, told_as_json

if TYPE_CHECKING:
    from capacity.studies.who_pays import WhoPays


MODELS = {
    "day_rate": "day rate",
    "balancing_day_rate": "day rate that balances",
    "subscription": "subscription",
    "two_parts": "two parts: standing and days",
    "state_grant": "state grant and day rate",
    "state_in_full": "state in full",
}
"""Built-in ways of paying, as a person reads them."""


@click.command("who-pays")
@case_options
@output_options
@click.option("--model", "models", multiple=True, metavar="NAME", help="A payment model; all without it. Repeatable.")
@click.option("--years", type=click.IntRange(min=1), default=20_000, show_default=True, help="Simulated years.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same years.")
@click.option("--building", is_flag=True, help="What is to be paid includes building, as a yearly sum.")
@told_as_json
def command(
    case: str | None,
    changes: tuple[str, ...],
    scenarios: tuple[str, ...],
    as_json: bool,
    out: str | None,
    models: tuple[str, ...],
    years: int,
    seed: int,
    building: bool,
) -> int:
    """Say what everybody pays for CASE's plan, in an average and in a bad year, for each way of paying.

    Six payment models are built in; a case adds its own as [payment.NAME]. An operator pays what its income leaves:
    below nothing it keeps a surplus.
    """
    from capacity.cli.studies import show_study
    from capacity.engines.solve import solve
    from capacity.studies.who_pays import who_pays

    problem = read_problem(case, changes, scenarios)
    paid = who_pays(solve(problem), models or None, years=years, seed=seed, building=building)
    show_study(
        paid.to_json(),
        _rows(paid),
        [
            ("model", "way of paying"),
            ("rate", "DKK a\nday"),
            ("state", "state,\nM DKK"),
            ("municipalities", "municipalities,\nM DKK"),
            ("bad", "in a bad\nyear"),
            ("operators", "operators,\nM DKK"),
            ("operators_bad", "in a bad\nyear"),
            ("most_likely_loss", "a loss in, %\nof years"),
        ],
        title="Who pays, a year",
        problem=problem,
        names=MODELS,
        after=_after(paid),
        as_json=as_json,
        out=out,
    )
    return 0


def _rows(found: WhoPays) -> list[dict[str, object]]:
    from capacity.cli.tables import million

    rows: list[dict[str, object]] = []
    for paid in found.models:
        (state,), (towns,), (operators,) = (paid.of(kind) for kind in ("state", "municipalities", "operators"))
        losses = [payer.chance_of_loss or 0.0 for payer in paid.of("operator")]
        rows.append(
            {
                "model": paid.model.name,
                "rate": f"{paid.rate_dkk:,.0f}",
                "state": million(state.mean_dkk),
                "municipalities": million(towns.mean_dkk),
                "bad": million(towns.high_dkk),
                "operators": million(operators.mean_dkk),
                "operators_bad": million(operators.high_dkk),
                "most_likely_loss": f"{100 * max(losses, default=0.0):,.0f}",
            }
        )
    return rows


def _after(found: WhoPays) -> list[str]:
    beside = "includes" if found.building_included else "leaves out"
    said = [
        f"What is to be paid is {found.cost_dkk / 1e6:,.1f} M DKK a year; it {beside} building, "
        f"{found.building_dkk / 1e6:,.1f} M a year. A bad year is one that one in twenty exceeds."
    ]
    if found.courses_dkk:
        said.append(
            f"Outpatient courses are {found.courses_dkk / 1e6:,.1f} M DKK of it: each is paid for by the municipality "
            "whose woman is on it, or by the state where the model says so."
        )
    if found.aftercare_dkk:
        said.append(
            f"Running aftercare is {found.aftercare_dkk / 1e6:,.1f} M DKK of it: its days are paid for as those at a "
            "unit are, at a rate of their own."
        )
    if found.startup_dkk:
        said.append(f"Until the beds are filled {found.startup_dkk / 1e6:,.1f} M DKK is lost besides, once.")
    return said
