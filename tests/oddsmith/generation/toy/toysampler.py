"""A search in a few lines with what real ones have: pilot, running maxima, families, zero weights, audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from sim.errors import RunError
from sim.noise import hash64
from sim.samplers import TABLE, Call, SamplerKind, Weights

PILOT, BATCH = 96, 64


class Tilted:
    """Shifts the first normal score towards the best of a pilot; half of the main calls stay nominal."""

    name = "tilted"
    exports = "population"
    wants_running = True

    def __init__(self, population, settings):
        self.population, self.settings = population, settings
        self.shift = settings.frozen["shift"] if settings.frozen else None
        self.roles = [] if settings.frozen else ["pilot"] * PILOT
        audit = int(settings.calls * settings.audit_share)
        main = settings.calls - len(self.roles) - audit
        if main < 1:
            raise RunError(f"{settings.calls} calls are too few: the pilot alone takes {PILOT}")
        self.roles += ["main"] * main + ["audit"] * audit
        self.planned_calls = settings.calls
        self.asked, self.z, self.best = [], [], []

    def ask(self):
        start = len(self.asked)
        role = self.roles[start] if start < len(self.roles) else None
        stop = start
        while stop < min(start + BATCH, len(self.roles)) and self.roles[stop] == role:
            stop += 1
        seed = hash64(self.settings.seed, role or "", self.settings.part)
        calls = [
            self._call(index, draw, role)
            for index, draw in enumerate(self.population.nominal_batch(seed, start, stop), start)
        ]
        self.asked += calls
        return calls

    def _call(self, index, draw, role):
        z = float(ndtri(draw.u[0]))
        if role == "main" and index % 2:
            moved = replace(draw, u=(float(ndtr(z + self.shift)), *draw.u[1:]))
            if self.population.meets_constraints(np.array([moved.u]))[0]:
                draw, z = moved, z + self.shift
        self.z.append(z)
        return Call(index, draw, role, index % 8, index // 4)

    def tell(self, outcomes):
        target = self.population.target
        scores = [outcome.scores[target] for outcome in outcomes]
        if len(set(scores)) == 1:
            raise RunError(f"every episode scored {scores[0]}: there is nothing to search by")
        if self.asked[-1].role == "pilot":
            curves = [outcome.running[target] for outcome in outcomes]
            self.best += [
                (score, z, len(c[0]))
                for score, z, c in zip(scores, self.z[-len(scores) :], curves, strict=True)
            ]
            best = sorted(self.best)[-10:]
            self.shift = float(np.mean([z + 1e-3 * n for _, z, n in best]))

    def weights(self):
        roles, z = np.array(self.roles), np.array(self.z)
        log_lr = -np.log(0.5 + 0.5 * np.exp(self.shift * z - self.shift**2 / 2))
        n_main, n_audit = int((roles == "main").sum()), int((roles == "audit").sum())
        weight = np.where(roles == "main", np.exp(log_lr) / n_main, 1.0 / max(n_audit, 1))
        weight[roles == "pilot"] = np.nan
        weight[(roles == "main") & (np.arange(len(z)) % 7 == 0)] = 0.0
        return Weights(weight, np.where(roles == "main", log_lr, 0.0))

    def frozen(self):
        return {"method": self.name, "shift": self.shift}

    def about(self):
        counts = {f"{role}_calls": self.roles.count(role) for role in ("pilot", "main", "audit")}
        return {"method": self.name, **counts}


class Audited(Tilted):
    """The search with a tenth of the calls spent on audit, whatever the scenario says."""

    def __init__(self, population, settings):
        super().__init__(population, replace(settings, audit_share=0.1))


def install():
    """Put the audited search in the place of nominal draws, for this process."""
    TABLE["nominal"] = SamplerKind(doc="a search", home="toysampler:Audited")
