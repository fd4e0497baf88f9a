"""Lineages of edits: dropping what a later redraw covers changes no number, at no address and no moment."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.noise import Draw, Edit, Noise

ENTITIES = ("front", "rear", "bystander")
MOMENTS = (0.0, 0.5, 1.0, 1.5, 2.0)
EDITS = st.lists(
    st.builds(
        Edit,
        key=st.integers(1, 2**64 - 1),
        entity=st.sampled_from((None, *ENTITIES[:2])),
        t=st.sampled_from((0.0, 1.0, 2.0)),
        beta=st.sampled_from((1.0, 0.5)),
    ),
    max_size=7,
)


def numbers(noise):
    return [
        read(entity, stream, index, t)
        for entity in ENTITIES
        for t in MOMENTS
        for read, stream, index in ((noise.normal, "a", 0), (noise.uniform, "b", 3))
    ]


@settings(deadline=None)
@given(EDITS)
@example([Edit(1, "front", 1.0, 0.5), Edit(2, None, 1.0, 0.5), Edit(3, "front", 1.0), Edit(4, None, 2.0)])
def test_a_pruned_lineage_reads_as_the_whole_one(edits):
    pruned = Draw(7, ()).edited(*edits)
    assert len(pruned.lineage) <= len(edits)
    assert numbers(pruned.noise) == numbers(Noise(7, tuple(edits)))


@settings(deadline=None)
@given(EDITS)
def test_edits_made_one_by_one_are_those_made_at_once(edits):
    draw = Draw(7, ())
    for edit in edits:
        draw = draw.edited(edit)
    assert draw == Draw(7, ()).edited(*edits)


@settings(deadline=None)
@given(EDITS, st.integers(1, 2**64 - 1))
def test_redrawing_everything_leaves_one_edit(edits, key):
    assert Draw(7, ()).edited(*edits, Edit(key)).lineage == (Edit(key),)


@settings(deadline=None)
@given(EDITS)
def test_the_tests_own_reader_agrees_with_the_compiled_one(twin, edits):
    draw = Draw(7, ()).edited(*edits)
    for t in MOMENTS:
        table = twin([draw], ENTITIES, t)[0]
        for index, (entity, z) in enumerate(zip(ENTITIES, table, strict=True)):
            assert abs(draw.noise.normal(entity, "x", index, t) - z) < 1e-9
