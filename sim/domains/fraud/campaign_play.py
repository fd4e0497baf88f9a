"""One ring at work: it takes its people, then goes through its steps, everybody in their own time."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.domains.fraud import layout as c
from sim.domains.fraud.beats import Beat, Beats
from sim.domains.fraud.campaign_amounts import amount_of
from sim.domains.fraud.campaign_fields import CASH
from sim.domains.fraud.campaign_hours import later
from sim.domains.fraud.campaign_posting import Outcome, Postbox
from sim.domains.fraud.campaign_roles import Casting, Member
from sim.domains.fraud.categories import CATEGORIES
from sim.domains.fraud.rings import Ring

if TYPE_CHECKING:
    from sim.domains.fraud.world import World
    from sim.worlds.process import Process

__all__ = ["Play"]

_AT_ONCE = 3 * 3600.0
"""What comes later than this [s] is done at an hour at which people do such things."""
_AGAIN = (60.0, 300.0)
"""Time until another try [s]; an assumption."""
_SEVERAL = ("chain", "circle", "walk")


class Play:
    """One ring at work."""

    def __init__(self, world: World, campaign: Mapping[str, Any], ring: Ring) -> None:
        """Prepare; nothing happens before the ring begins."""
        self.world, self.campaign, self.ring = world, campaign, ring
        self._clock, self._beats = world.clock, Beats(world.setup.noise, ring.campaign)
        self.members: dict[str, list[Member]] = {}
        self._roles = {role["role"]: role for role in campaign["roles"]}
        self._recruited: dict[str, int] = {}

    def run(self) -> Process:
        """Take people, then go through the steps, round by round."""
        world, ring, campaign = self.world, self.ring, self.campaign
        yield world.clock.until(ring.began)
        self._casting = Casting(world, ring, self._beats, campaign["attack"] or ring.typology)
        self._postbox = Postbox(world, ring, self._casting)
        if not self._cast():
            return
        world.tell("ring_began", campaign=ring.campaign, ring=ring.name)
        start = Beat(ring.number)
        for number in range(round(self.drawn(campaign["rounds"], start))):
            if number:
                yield from self._wait(self.drawn(campaign["pause"], Beat(ring.number, number)), "online")
            for stage, step in enumerate(campaign["steps"], start=1):
                yield from self._step(step, Beat(ring.number, number, stage))
        ring.is_finished = True

    def drawn(self, source: Any, beat: Beat) -> float:
        """Return a number that may be drawn anew at every use."""
        if isinstance(source, (int, float)):
            return float(source)
        return float(source.law.ppf(self._beats.uniform(source.stream, beat, self._clock.now)))

    def uniform(self, stream: str, beat: Beat) -> float:
        """Return the uniform of a stream of this ring."""
        return self._beats.uniform(stream, beat, self._clock.now)

    # -- people --------------------------------------------------------------------------------------------

    def _cast(self) -> bool:
        """Fill all roles; return whether there was somebody for each."""
        for name, role in self._roles.items():
            count = round(self.drawn(role["count"], Beat(self.ring.number)))
            self.members[name] = self._casting.all_of(role, count, self.members)
            if not self.members[name]:
                self.ring.dropped = name
                self.world.tell("ring_dropped", campaign=self.ring.campaign, ring=self.ring.name, role=name)
                return False
        victim = self.campaign["victim"] or "victim"
        for one in self.members.get(victim, ()):
            one.victim = one.customer
        return True

    def _replace(self, role: str, k: int) -> bool:
        """Put somebody else in the place of number k of a role; return whether anybody was found."""
        number = self._recruited.get(role, len(self.members[role])) + 1
        one = self._casting.one(self._roles[role], number, self.members)
        if one is None:
            return False
        self._recruited[role] = number
        self.members[role][k] = one
        return True

    # -- steps ---------------------------------------------------------------------------------------------

    def _step(self, step: Mapping[str, Any], beat: Beat) -> Process:
        if step["pairs"] in _SEVERAL:
            yield from self._passing_on(step, beat)
            return
        branches = [self._branch(step, beat.of(k), to) for k, to in self._pairs(step, beat)]
        if len(branches) == 1:
            yield from branches[0]
        elif branches:
            yield self.world.clock.together(branches)

    def _pairs(self, step: Mapping[str, Any], beat: Beat) -> Iterator[tuple[int, list[int]]]:
        """Yield the number of each sender with those of its receivers."""
        senders, receivers = (
            1 if name is None or name == CASH else len(self.members[name])
            for name in (step["from"], step["to"])
        )
        if step["from"] == CASH:  # everybody pays in for themselves
            yield from ((k, [k]) for k in range(receivers))
        elif step["pairs"] == "all":
            yield from ((k, list(range(receivers))) for k in range(senders))
        elif step["pairs"] in ("first", "last"):
            yield (0 if step["pairs"] == "first" else senders - 1), [0]
        elif step["pairs"] == "any":
            for k in range(senders):
                yield k, [int(receivers * self.uniform("pair", beat.of(k)))]
        else:
            most = max(senders, receivers)
            yield from ((k, [j % receivers for j in range(k, most, senders)]) for k in range(senders))

    def _branch(self, step: Mapping[str, Any], beat: Beat, receivers: Sequence[int]) -> Process:
        """Let one sender do its part of a step."""
        sender = None if step["from"] == CASH else self.members[step["from"]][beat.sender]
        if sender is not None and step["share"] is not None:
            yield self.world.clock.until(sender.due)
        turn = 0
        for again in range(round(self.drawn(step["repeat"], beat))):
            for to in receivers:
                now = beat.of(beat.sender, turn)
                gap = step["after"] if turn == 0 or step["every"] is None else step["every"]
                yield from self._wait(self.drawn(gap, now), self._profile(step, to))
                parts = len(receivers) - turn % len(receivers)
                if _is_through(step, sender) and parts == len(receivers):
                    return
                outcome = yield from self._movement(step, now, to, again, parts)
                if outcome is Outcome.STOP:
                    return
                turn += 1

    def _passing_on(self, step: Mapping[str, Any], beat: Beat) -> Process:
        """Let money go from one to the next in a role."""
        size = len(self.members[step["from"]])
        hops = size - 1 if step["pairs"] == "chain" else size
        if step["pairs"] == "walk":
            hops = round(self.drawn(step["repeat"], beat))
        at = 0
        for hop in range(hops if size > 1 else 0):
            now = beat.of(at, hop)
            to = (at + 1) % size
            if step["pairs"] == "walk":
                to = (at + 1 + int((size - 1) * self.uniform("pair", now))) % size
            yield self.world.clock.until(self.members[step["from"]][at].due)
            yield from self._wait(self.drawn(step["after"], now), self._profile(step, to))
            if _is_through(step, self.members[step["from"]][at]):
                return
            outcome = yield from self._movement(step, now, to, hop, 1)
            if outcome is not Outcome.MOVED:
                return
            at = to

    def _movement(
        self, step: Mapping[str, Any], beat: Beat, to: int, again: int, parts: int
    ) -> Generator[Any, Any, Outcome]:
        """Let one payment, or login, be made; return what came of it.

        Args:
            step: of the campaign.
            beat: where in the play this is.
            to: number of the receiver.
            again: how often the sender has done this before.
            parts: among how many receivers a share of the money is still to be divided.
        """
        world = self.world
        self._adapt(step, beat.sender, to)
        sender, receiver = self._sides(step, beat.sender, to)
        if step["channel"] == "login":
            assert sender is not None
            self._postbox.login(step, beat.stage, sender)
            return Outcome.MOVED
        amount = amount_of(self, step, beat, sender, receiver, again=again, parts=parts)
        for attempt in range(step["tries"]):
            if amount < 1:
                self.ring.untried += 1
                return Outcome.NOTHING
            now = beat.of(beat.sender, beat.turn, attempt)
            is_wrong = step["wrong"] > 0.0 and self.uniform("wrong", now) < step["wrong"]
            status = self._postbox.send(
                step, beat.stage, sender, receiver, amount, u=self.uniform("how", now), is_wrong=is_wrong
            )
            if status == c.SETTLED:
                return Outcome.MOVED
            if status == c.ACCOUNT_BLOCKED or step["on_decline"] not in ("lower", "next"):
                break
            if step["on_decline"] == "lower":
                amount = amount_of(
                    self,
                    step,
                    now,
                    sender,
                    receiver,
                    again=again,
                    parts=parts,
                    wanted=amount * self.drawn(step["lower_by"], now),
                )
            elif step["to"] is not None and step["to"] != CASH:
                to = (to + 1) % len(self.members[step["to"]])
                sender, receiver = self._sides(step, beat.sender, to)
            low, high = _AGAIN
            yield world.clock.wait(low + (high - low) * self.uniform("again", now))
        return Outcome.STOP if step["on_decline"] == "stop" else Outcome.REFUSED

    def _sides(self, step: Mapping[str, Any], k: int, to: int) -> tuple[Member | None, Member | None]:
        """Return who sends and who receives; None for cash, and for nobody."""
        sender = None if step["from"] == CASH else self.members[step["from"]][k]
        name = step["to"]
        return sender, None if name is None or name == CASH else self.members[name][to]

    def _adapt(self, step: Mapping[str, Any], k: int, to: int) -> None:
        """Replace those whose accounts are blocked, as criminals do once they see it."""
        if step["adapt"] == "none":
            return
        for name, number in ((step["from"], k), (step["to"], to)):
            if name is None or name == CASH:
                continue
            one = self.members[name][number]
            if one.customer >= 0 and self.world.ledger.is_blocked(one.customer, self.world.now_ms):
                self._replace(name, number)

    # -- time ----------------------------------------------------------------------------------------------

    def _wait(self, gap: float, profile: str) -> Process:
        """Wait, and until an hour at which such things are done, unless it is done at once."""
        clock = self.world.clock
        yield clock.until(later(self.world.bank, clock.now, gap, profile if gap >= _AT_ONCE else "any"))

    def _profile(self, step: Mapping[str, Any], to: int) -> str:
        """Return the hours at which honest people do what a step does."""
        if step["hours"] is not None:
            return str(step["hours"])
        if step["channel"] == "cash" or CASH in (step["from"], step["to"]):
            return "office" if step["from"] == CASH else "shop"
        if step["channel"] == "card_present":
            name = step["to"] if step["to"] in self.members else step["from"]
            shop = max(self.members[name][min(to, len(self.members[name]) - 1)].shop, 0)
            return CATEGORIES[int(self.world.bank.town.kind[shop])].hours
        return "online"


def _is_through(step: Mapping[str, Any], sender: Member | None) -> bool:
    """Return whether a step passes on what its sender got, and nothing new has come since it did so."""
    return step["share"] is not None and sender is not None and sender.has_passed_on
