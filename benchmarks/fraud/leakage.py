"""Whether the leakage gate passes on every bundled bank: P1 to P11, with twins and with other sizes.

    python benchmarks/fraud/leakage.py --out outputs/gate
    python benchmarks/fraud/leakage.py --only fraud/mules --all

A bundled bank has few rings, of which little can be told. So each scenario is run several times over with
boosted campaigns, every row with its weight: that is held against all limits. Another run, without a boost, is
held against its twin without crime (P11): boosted crime touches more than there is. Banks of other sizes, as
boosted as the first, are what P9 is held against. Exits with 1 if there is a leak. `--fewer 3` takes a third of
the episodes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from oddsmith import generation
from oddsmith.catalog import bundled_scenarios, load_scenario
from oddsmith.dataset import Dataset
from oddsmith.probe import Finding, ProbeReport, asked, probe_dataset


@dataclass(frozen=True)
class Plan:
    """How a scenario is run for the gate.

    Args:
        boosts: campaign -> its boost; the others keep theirs.
        episodes: of 3,000 customers, as many as give each typology about thirty rings.
        twin_customers: of the bank that has a twin.
    """

    boosts: Mapping[str, float]
    episodes: int
    twin_customers: int = 3000


PLANS: dict[str, Plan] = {
    "fraud/large_ring": Plan({"launderers": 12.0}, 4),
    "fraud/mobile_money": Plan({}, 3),
    "fraud/mule_chain": Plan({"mules": 12.0}, 4),
    "fraud/mules": Plan({"scam": 4.0}, 2),
    "fraud/retail_bank_eu": Plan({}, 3),
}
CUSTOMERS = 3000
OTHERS = (300, 1000)
"""Customers of the banks that P9 compares with the first."""


def made(name: str, folder: Path, *, customers: int, episodes: int, changed: Mapping[str, str]) -> Dataset:
    """Return a dataset of nominal episodes of a scenario, made if it is not there."""
    target = load_scenario(name).target
    overrides = {
        "world.customers": str(customers),
        "sampling": f"{{method: nominal, target: {target}, calls: {episodes}, episodes: {episodes}}}",
        **changed,
    }
    generation.run(load_scenario(name, overrides), folder, seed=1)
    return Dataset(folder)


def boosted(plan: Plan) -> dict[str, str]:
    """Return what raises the rates of the campaigns."""
    return {f"world.campaigns.{one}.boost": str(boost) for one, boost in plan.boosts.items()}


def natural(name: str) -> dict[str, str]:
    """Return what takes all boosts away."""
    scenario = load_scenario(name)
    campaigns = scenario.resolve(scenario.nominal(0, 0)).world["campaigns"]
    return {f"world.campaigns.{one['id']}.boost": "1" for one in campaigns}


def honest(name: str) -> dict[str, str]:
    """Return what switches all campaigns off."""
    scenario = load_scenario(name)
    campaigns = scenario.resolve(scenario.nominal(0, 0)).world["campaigns"]
    rates = {
        one["id"]: ("rate", "customer year") if one["rate"] is not None else ("rate_by_use", "payment")
        for one in campaigns
    }
    return {f"world.campaigns.{one}.{key}": f"0 per {unit}" for one, (key, unit) in rates.items()}


def reports(name: str, plan: Plan, out: Path, fewer: int) -> list[ProbeReport]:
    """Return what the gate finds in the runs of a scenario."""
    stem = out / name.split("/")[-1]
    episodes = max(plan.episodes // fewer, 1)
    change = boosted(plan)
    bank = made(name, stem / "bank", customers=CUSTOMERS, episodes=episodes, changed=change)
    scales = [
        made(name, stem / f"bank_{size}", customers=size, episodes=episodes, changed=change) for size in OTHERS
    ]
    gate = probe_dataset(bank, asked(bank), scales=scales)
    pair = [
        made(name, stem / which, customers=plan.twin_customers, episodes=1, changed=changed)
        for which, changed in (("natural", natural(name)), ("twin", honest(name)))
    ]
    return [gate, probe_dataset(pair[0], asked(pair[0]), twin_of=pair[1], only=("P11",))]


def row(name: str, found: Sequence[Finding], report: ProbeReport) -> str:
    """Return a line of the table in Markdown."""
    verdicts = Counter(one.verdict for one in found)

    def highest(probe: str, what: str, *, everywhere: bool = False) -> str:
        values = [
            one.value for one in found
            if one.probe == probe and (one.name == what or not what) and (everywhere or not one.group)
        ]  # fmt: skip
        return f"{max(values):.2f}" if values else "-"

    columns = [one for one in found if one.probe == "P1" and not one.group and one.name != "median of columns"]
    worst = max(columns, key=lambda one: one.value)
    cells = [
        name, f"{report.rows:,}", f"{report.positives:,}", f"{report.base:.3%}",
        f"{worst.value:.2f} ({worst.name})", highest("P1", "median of columns"), highest("P2", "tree"),
        highest("P9", "campaigns per row"), highest("P10", "boosted trees"), highest("P11", "untouched rows"),
        ", ".join(f"{verdicts[word]} {word}" for word in ("pass", "told", "chance", "unsure", "leak")),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Run the gate over the bundled banks and print a table; return 1 if there is a leak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("outputs/gate"), help="folder for the datasets")
    parser.add_argument("--only", default="", help="one scenario instead of all")
    parser.add_argument("--fewer", type=int, default=1, help="divide the episodes by this")
    parser.add_argument("--all", action="store_true", help="print every number above its usual limit")
    asked_for = parser.parse_args()
    names = [name for name in bundled_scenarios() if name.startswith("fraud/")]
    has_leaks = False
    lines = []
    for name in names:
        if asked_for.only not in ("", name):
            continue
        found = reports(name, PLANS[name], asked_for.out, asked_for.fewer)
        findings = [one for report in found for one in report.findings]
        lines.append(row(name, findings, found[0]))
        for one in findings:
            shown = ("leak", "unsure", "chance", "told") if asked_for.all else ("leak", "unsure")
            if one.verdict in shown:
                where = one.group or "all rows"
                print(
                    f"  {name}: {one.verdict} {one.probe} {one.name} [{where}] {one.unit} {one.value:.3f}, "
                    f"limit {one.limit:.3f}, p {one.p:.1e} {one.note}"
                )
        has_leaks |= any(not report.is_passed for report in found)
        print(lines[-1], flush=True)
    head = (
        "scenario", "rows", "positive", "share", "worst column", "median", "depth-2 tree", "other sizes, times",
        "boosted trees", "untouched", "verdicts",
    )  # fmt: skip
    print("\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines]))
    return int(has_leaks)


if __name__ == "__main__":
    sys.exit(main())
