"""The steps that every part of a dataset takes: kernels, hunt, plan, shards."""

from __future__ import annotations

from oddsmith.backends import Backend
from oddsmith.batch import make_shards
from oddsmith.layout import Layout
from oddsmith.parts import Order
from oddsmith.plan import Plan
from oddsmith.planning import planned
from oddsmith.progress import Listener, Progress
from oddsmith.receipts import Receipt, sweep, verified_receipts
from oddsmith.working import warm_up
from sim.scenario import Scenario

__all__ = ["made_part"]


def made_part(
    layout: Layout, scenario: Scenario, backend: Backend, order: Order, listen: Listener
) -> tuple[Plan, list[Receipt]]:
    """Make whatever an order still lacks.

    Returns:
        The plan, and the receipts of the table of calls and of the shards.

    Raises:
        Hopeless: the hunt cannot be carried out, or found nothing to export.
        RunError: the disk refused.
    """
    receipts = verified_receipts(layout)
    sweep(layout, receipts.values())
    listen(Progress("compile", note="loading kernels; the first run compiles them, once"))
    warm_up(scenario, order.seed)
    made, calls = planned(layout, scenario, backend, order, receipts=receipts, listen=listen)
    total = sum(len(shard) for shard in made.shards)
    shards = make_shards(
        layout,
        made,
        backend,
        receipts=receipts,
        report=lambda done: listen(Progress("render", done, total, "episodes")),
        first=order.before.shards,
    )
    return made, [calls, *shards]
