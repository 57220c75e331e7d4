"""pandana and its successor pandarm: contraction hierarchies, with all threads they take."""

from __future__ import annotations

import contextlib
import io
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.networks import Graph
from benchmarks.peers import peer


class PandanaNetwork:
    """A network of pandana or pandarm with its hierarchy built; both have the same functions.

    Parameters
    ----------
    name
        ``pandana`` or ``pandarm``.
    graph
        Streets, walked both ways.
    """

    def __init__(self, name: str, graph: Graph) -> None:
        options = {"crs": 3857} if name == "pandarm" else {}
        self._func = "func" if name == "pandarm" else "type"
        self._x_m, self._y_m = pd.Series(graph.x_m), pd.Series(graph.y_m)
        with quietly():
            self._network: Any = peer(name).Network(
                self._x_m,
                self._y_m,
                pd.Series(graph.first),
                pd.Series(graph.last),
                pd.DataFrame({"length_m": graph.length_m}),
                twoway=True,
                **options,
            )

    def place(self, category: str, nodes: NDArray[np.int64], *, limit_m: float, most: int) -> None:
        """Set the places of a category, of which at most `most` will be asked for."""
        x_m, y_m = self._x_m.iloc[nodes], self._y_m.iloc[nodes]
        with quietly():
            self._network.set_pois(
                category=category,
                maxdist=limit_m,
                maxitems=most,
                x_col=x_m.reset_index(drop=True),
                y_col=y_m.reset_index(drop=True),
            )

    def nearest_m(self, category: str, *, limit_m: float) -> NDArray[np.float64]:
        """Return the metres from every node to the nearest place; the limit where there is none."""
        found: NDArray[np.float64] = self._network.nearest_pois(limit_m, category, num_pois=1)[1].to_numpy()
        return found

    def nearest_places(
        self, category: str, *, limit_m: float, most: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return metres to and positions of the nearest places of every node, shape (n_nodes, most)."""
        found = self._network.nearest_pois(limit_m, category, num_pois=most, include_poi_ids=True)
        return found.iloc[:, :most].to_numpy(), found.iloc[:, most:].to_numpy()

    def weigh(self, nodes: NDArray[np.int64]) -> None:
        """Set the nodes that are counted by `counts`."""
        self._network.set(pd.Series(nodes), variable=pd.Series(np.ones(len(nodes))), name="one")

    def counts(self, breaks_m: tuple[float, ...]) -> NDArray[np.int32]:
        """Return how many of the nodes set lie within each break of every node."""
        columns = [
            self._network.aggregate(break_m, decay="flat", name="one", **{self._func: "sum"}).to_numpy()
            for break_m in breaks_m
        ]
        found: NDArray[np.int32] = np.rint(np.column_stack(columns)).astype(np.int32)
        return found


@contextlib.contextmanager
def quietly() -> Any:
    """Keep what a peer prints and warns of off the screen."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
