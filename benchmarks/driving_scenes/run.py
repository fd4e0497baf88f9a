"""Random driving scenes by the thousand, checked by geometry of their own.

    python benchmarks/driving_scenes/run.py --scenes 5000 [--first 0] [--kind roundabout]

Prints every fault with the number of its scene, then per kind how many scenes were run and touched, and faults:
overlaps that nobody noticed, who leaves the road, and, where all keep the rules, touches, hard braking of who
goes first, and red lights passed.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict

from random_driving import KINDS, random_scene
from scene_checks import Fault, faults_of, ride


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0, help="number of the first scene")
    parser.add_argument("--kind", choices=KINDS, default=None, help="all in turn unless given")
    chosen = parser.parse_args()
    scenes: Counter[str] = Counter()
    found: dict[tuple[str, str], list[tuple[int, Fault]]] = defaultdict(list)
    steps, began = 0, time.process_time()
    for seed in range(chosen.first, chosen.first + chosen.scenes):
        scene = random_scene(seed, kind=chosen.kind)
        done = ride(scene)
        mood = "calm" if scene.is_calm else "wild"
        scenes.update([f"{scene.kind} {mood}", *([f"{scene.kind} {mood} touched"] if done.contacts else [])])
        steps += done.poses.shape[0] * done.poses.shape[1]
        for fault in faults_of(done):
            found[scene.kind, f"{fault.what}, {mood}"].append((seed, fault))
            print(f"scene {seed}, {scene.kind}, {mood}: {fault.what}, {fault.detail}", flush=True)
    for kind in KINDS:
        for mood in ("calm", "wild"):
            count = scenes[f"{kind} {mood}"]
            print(f"{kind:<11} {mood}: {count:6} scenes, {scenes[f'{kind} {mood} touched']:6} with a touch")
    print(f"{steps} poses checked; {time.process_time() - began:.0f} s of CPU time")
    for (kind, what), faults in sorted(found.items()):
        seeds = [seed for seed, _ in faults]
        print(f"{kind:<11} {what}: {len(faults)} faults in {len(set(seeds))} scenes, first in {seeds[0]}")


if __name__ == "__main__":
    main()
