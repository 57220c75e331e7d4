"""Columns of Parquet files as arrays: texts that repeat are decoded once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.typing import NDArray


def table_of(source: Path | bytes, *, coded: Iterable[str] = ()) -> pa.Table:
    """Return a Parquet file as a table.

    Parameters
    ----------
    source
        The file, or what it holds.
    coded
        Columns of text to be read as codes into a dictionary; see :func:`codes_of`.

    Raises
    ------
    OSError, ValueError
        If there is no such file, or it is no Parquet file.
    """
    where = pa.BufferReader(source) if isinstance(source, bytes) else source
    with _small_pages(), pq.ParquetFile(where, read_dictionary=list(coded)) as file:
        return file.read()


@contextmanager
def _small_pages() -> Iterator[None]:
    """Let Arrow take memory as the system gives it.

    Its own pools take huge pages, which the system fills with zeros first: for files of a few megabytes that
    takes up to twice as long as reading them.
    """
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def codes_of(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], list[str]]:
    """Return the code of each cell, -1 where it is missing, and the text of each code.

    Examples
    --------
    >>> codes_of(pa.chunked_array([["b", None], ["a", "b"]]).dictionary_encode())
    (array([ 0, -1,  1,  0], dtype=int32), ['b', 'a'])
    """
    if not pa.types.is_dictionary(column.type):  # a column without any text is kept without its type
        column = column.cast(pa.string()).dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(np.int32, copy=False), whole.dictionary.to_pylist()


def array_of(column: pa.ChunkedArray) -> NDArray[Any]:
    """Return a column of numbers as an array of its own, which may be written to.

    Arrow hands out views that may not; a compiled search is compiled anew for these.
    """
    numbers: NDArray[Any] = column.to_numpy().copy()
    return numbers


def objects_of(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """Return a coded column as texts, None where missing; cells of one code share their text."""
    codes, texts = codes_of(column)
    return np.array([*texts, None], dtype=object)[codes]


def texts_of(column: pa.ChunkedArray) -> pd.Series:
    """Return a plain column of text as pandas keeps text, without a copy of each."""
    return pd.Series(column, dtype="str")


def categories_of(column: pa.ChunkedArray, categories: Iterable[str]) -> pd.Categorical:
    """Return a coded column as categories in the order given.

    Raises
    ------
    KeyError
        If a cell holds none of them.

    Examples
    --------
    >>> lit = pa.chunked_array([["yes", None, "no"]]).dictionary_encode()
    >>> categories_of(lit, ["no", "yes"]).codes.tolist()
    [1, -1, 0]
    """
    known = pd.Index(list(categories), dtype="str")
    place = {text: code for code, text in enumerate(known)}
    codes, texts = codes_of(column)
    own = np.array([*(place[text] for text in texts), -1], dtype=np.int32)
    return pd.Categorical.from_codes(own[codes], categories=known)
