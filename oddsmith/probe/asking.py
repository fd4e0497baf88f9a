"""What is asked of a dataset: which table is probed for which label, and what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oddsmith.dataset import Dataset
from oddsmith.errors import DatasetError
from oddsmith.layout import EPISODES
from oddsmith.parquet_tables import availability

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Question", "asked", "is_number", "is_time", "is_word", "schema_of"]

_EPISODE = "episode_id"
_TABLES = ("transactions", "ledger")
_LABELS = (("labels", "is_fraud"),)
_TIMES = ("time", "t", "event_time", "t_event", "timestamp")
_BY = ("typology", "channel")
_CLUSTER = "ring_id"
_ID = "_id"
"""How the names of columns end that hold ids: those name an entity, and are no feature by themselves."""


@dataclass(frozen=True)
class Question:
    """What is probed for what.

    Args:
        table: of observations.
        label_table: that holds the label; may be the same.
        label: its column: a flag, a number (not 0) or a word (not null).
        keys: columns that join the two tables.
        row_id: key that names a row of the table, None if it has none.
        time: key with the moment of a row, None if it has none.
        entities: columns with who or what took part: keys, and features whose name ends in _id.
        features: what an observer has at the row's event, of kinds that can be probed.
        skipped: features of other kinds: images, lists.
        late: columns that are known only later -> when.
        kinds_of_positives: columns of the label table by which positives are told apart.
        kinds_of_rows: columns of the table by which rows are told apart.
        cluster: column of the label table whose rows belong together, None if none does.
    """

    table: str
    label_table: str
    label: str
    keys: tuple[str, ...]
    row_id: str | None
    time: str | None
    entities: tuple[str, ...]
    features: tuple[str, ...]
    skipped: tuple[str, ...]
    late: dict[str, str]
    kinds_of_positives: tuple[str, ...]
    kinds_of_rows: tuple[str, ...]
    cluster: str | None

    @property
    def is_per_episode(self) -> bool:
        """Whether all rows of an episode share one label, so that episodes are what is independent."""
        return self.keys == (_EPISODE,)


def asked(
    dataset: Dataset,
    *,
    table: str | None = None,
    label: str | None = None,
    by: Sequence[str] = (),
    time: str | None = None,
    entities: Sequence[str] = (),
) -> Question:
    """Return the question, with what is not said filled in from the names and roles of columns.

    Args:
        dataset: the dataset.
        table: of observations; `transactions` where there is one.
        label: COLUMN of it or TABLE.COLUMN; `labels.is_fraud` where there is one.
        by: columns of either table; `typology` and `channel` where there are any.
        time: key column with the moment.
        entities: further columns with who or what took part.

    Raises:
        DatasetError: no table or label was named and none is found, or one that was named is not there.
    """
    table = table or _default_table(dataset)
    label_table, column = _label(dataset, table, label)
    schema, own = schema_of(dataset, table), dataset.columns(table)
    theirs = dataset.columns(label_table)
    keys = _joining(table, own, label_table, theirs)
    named = [name for name, role in own.items() if role == "key" and name != _EPISODE]
    moment = time or _time(named, schema)
    row_id = _row_id(named, keys, moment, is_joined=label_table != table)
    known = availability(dataset.folder.files(table)[0])
    features = [name for name, role in own.items() if role == "feature" and known[name] == "event"]
    ids = [name for name in features if name.endswith(_ID)]
    features = [name for name in features if name not in (moment, column, row_id, *ids, *entities)]
    _check(own, table, [*([time] if time else []), *entities])
    usable = [name for name in features if _is_usable(schema.field(name).type)]
    takers = [name for name in (*named, *ids) if name not in (row_id, moment)]
    takers = [name for name in takers if not is_number(schema.field(name).type) or name.endswith(_ID)]
    of_positives, of_rows = _groups(by, own, theirs if label_table != table else {}, table, label_table)
    return Question(
        table,
        label_table,
        column,
        keys,
        row_id,
        moment,
        tuple(dict.fromkeys([*takers, *entities])),
        tuple(usable),
        tuple(name for name in features if name not in usable),
        {name: when for name, when in known.items() if when != "event"},
        of_positives,
        of_rows,
        _CLUSTER if _CLUSTER in theirs else None,
    )


def schema_of(dataset: Dataset, table: str) -> pa.Schema:
    """Return the schema of a table."""
    import pyarrow.parquet as pq

    return pq.read_schema(dataset.folder.files(table)[0])


def is_number(kind: pa.DataType) -> bool:
    """Return whether a column holds numbers or flags."""
    import pyarrow.types as kinds

    return bool(
        kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind) or kinds.is_boolean(kind)
    )


def is_word(kind: pa.DataType) -> bool:
    """Return whether a column holds words."""
    import pyarrow.types as kinds

    if kinds.is_dictionary(kind):
        return is_word(kind.value_type)
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind))


def is_time(kind: pa.DataType) -> bool:
    """Return whether a column holds moments, dates or durations."""
    import pyarrow.types as kinds

    return bool(kinds.is_timestamp(kind) or kinds.is_date(kind) or kinds.is_duration(kind))


def _is_usable(kind: pa.DataType) -> bool:
    return is_number(kind) or is_word(kind) or is_time(kind)


def _default_table(dataset: Dataset) -> str:
    """Return the table that is probed where none is named."""
    for name in _TABLES:
        if name in dataset.tables:
            return name
    found = [name for name in dataset.folder.observations if "feature" in dataset.columns(name).values()]
    if len(found) == 1:
        return found[0]
    have = ", ".join(found) or "none with features"
    raise DatasetError(
        f"{dataset.folder.path} has several tables that could be probed: {have}; name one: --table"
    )


def _label(dataset: Dataset, table: str, label: str | None) -> tuple[str, str]:
    """Return the table and the column of the label."""
    if label is None:
        for where, column in _LABELS:
            if where in dataset.tables and column in dataset.columns(where):
                return where, column
        own = [name for name, role in dataset.columns(table).items() if role == "label"]
        if len(own) == 1:
            return table, own[0]
        events = [f"{EPISODES}.event.{event}" for event in dataset.events]
        have = ", ".join([f"{table}.{name}" for name in own] + events) or "none"
        raise DatasetError(f"which label {table} is probed for is not clear; --label takes one of: {have}")
    if label in dataset.columns(table):
        return table, label
    where, _, column = label.partition(".")
    _check(dataset.columns(where), where, [column])
    return where, column


def _check(columns: dict[str, str], table: str, names: Sequence[str]) -> None:
    for name in names:
        if name not in columns:
            raise DatasetError(f"{table} has no column {name!r}; it has {', '.join(columns)}")


def _joining(table: str, own: dict[str, str], label_table: str, theirs: dict[str, str]) -> tuple[str, ...]:
    """Return the keys that both tables have."""
    if table == label_table:
        return ()
    keys = tuple(name for name, role in theirs.items() if role == "key" and own.get(name) in ("key", "feature"))
    if not keys:
        raise DatasetError(f"{table} and {label_table} have no key in common, so labels cannot be joined")
    return keys


def _time(named: Sequence[str], schema: pa.Schema) -> str | None:
    for name in _TIMES:
        if name in named:
            return name
    moments = [name for name in named if is_time(schema.field(name).type)]
    return moments[0] if moments else None


def _row_id(named: Sequence[str], keys: Sequence[str], moment: str | None, *, is_joined: bool) -> str | None:
    """Return the key that names a row: the one labels are joined by, or else the first of the table."""
    own = [name for name in (keys if is_joined else named) if name not in (_EPISODE, moment)]
    return own[0] if own else None


def _groups(
    by: Sequence[str], own: dict[str, str], theirs: dict[str, str], table: str, label_table: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that tell positives apart, and those that tell rows apart."""
    chosen = by or [name for name in _BY if name in theirs or name in own]
    for name in chosen:
        if name not in own and name not in theirs:
            where = f"neither {table} nor {label_table}" if theirs else f"not even {table}"
            raise DatasetError(f"{where} has a column {name!r}; there are {', '.join(own | theirs)}")
    truth = [name for name in chosen if name in theirs or own.get(name) == "label"]
    return tuple(truth), tuple(name for name in chosen if name not in truth)
