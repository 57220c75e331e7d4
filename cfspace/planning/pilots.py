"""Units ranked as candidates for pilots, and how the ranking stands up to other weights."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cfspace.config.rulebook import Text
from cfspace.config.study import LEVELS
from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Criterion = Literal["need", "readiness", "reach", "data"]

CRITERIA: Final[tuple[Criterion, ...]] = ("need", "readiness", "reach", "data")
"""What candidates are ranked by."""

COLUMNS: Final = (
    "unit_level",
    "unit_id",
    "unit_name",
    "rank",
    "score",
    *CRITERIA,
    "children",
    "homes_weigh",
    "weight",
    "overall",
    "rank_low",
    "rank_high",
    "share_first",
    "is_firm",
    "why_not",
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Weight(_Part):
    weight: float = Field(ge=0, allow_inf_nan=False)


class _Readiness(_Weight):
    half_goal_score: float = Field(ge=0, le=100)


class _Stability(_Part):
    concentration: float = Field(gt=0, le=1e6)
    draws: int = Field(ge=1, le=100_000)
    seed: int = Field(ge=0)
    first: int = Field(ge=1)
    firm_share: float = Field(gt=0, le=1)


class PilotWeights(_Part):
    """Weights of the criteria, and how they are varied."""

    title: Text
    need: _Weight
    readiness: _Readiness
    reach: _Weight
    data: _Weight
    stability: _Stability

    @model_validator(mode="after")
    def _some_weight(self) -> PilotWeights:
        if not sum(self.by_criterion().values()) > 0:
            raise ValueError("all weights are 0, give at least one criterion a weight")
        return self

    def by_criterion(self) -> dict[Criterion, float]:
        """Return the weight of each criterion, as the file has it."""
        return {
            "need": self.need.weight,
            "readiness": self.readiness.weight,
            "reach": self.reach.weight,
            "data": self.data.weight,
        }


def load_weights(path: str | Path | None = None) -> PilotWeights:
    """Read a file of weights; without one, those that ship with cfspace.

    Raises
    ------
    ParameterError
        If the file cannot be read, or says what it must not.

    Examples
    --------
    >>> load_weights().by_criterion()
    {'need': 0.35, 'readiness': 0.2, 'reach': 0.3, 'data': 0.15}
    """
    if path is None:
        text = resources.files("cfspace.planning").joinpath("pilots.toml").read_text("utf-8")
        return PilotWeights.model_validate(tomllib.loads(text))
    try:
        return PilotWeights.model_validate(tomllib.loads(Path(path).read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ParameterError(f"{path}: {error.strerror}; give a file of weights (TOML)") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParameterError(f"{path}: is not TOML: {error}; correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        said = first["msg"].removeprefix("Value error, ")
        raise ParameterError(f"{path}: {where}: {said}; correct it") from error


def rank_pilots(
    scores: pd.DataFrame, coverage: pd.DataFrame, *, weights: PilotWeights | None = None
) -> pd.DataFrame:
    """Rank the units of each level as pilot candidates.

    Parameters
    ----------
    scores
        Rows of ``scores.csv``: ``unit_level``, ``unit_id``, ``unit_name``, ``overall``, ``data_share``,
        ``rank``, ``children``. Of several runs, with a column ``study``: units are then ranked among all.
        Where nobody counted children, ``homes_weigh`` may say what homes weigh instead (``floor_area_m2`` or
        ``population``), and ``weight`` how much of it the unit has.
    coverage
        Rows of ``coverage.csv``: ``unit_level``, ``unit_id``, ``scored``, ``score``, ``covered_share``;
        ``study`` likewise.
    weights
        Default: those that ship with cfspace.

    Returns
    -------
    A row per unit, by level (coarse first) and rank: ``score``, the weighted mean of ``need``,
    ``readiness``, ``reach`` and ``data`` (0-100 each); ``rank_low`` to ``rank_high``, between which the
    middle nine tenths of ranks under other weights lie; ``share_first``, how often it is among the first;
    ``is_firm``. A unit that cannot be judged has no rank, and ``why_not`` says why: ``no_score``,
    ``few_children``, ``no_homes`` or ``no_counts`` (nobody counted its children, and nothing stands in for
    them). ``homes_weigh`` says what ``reach`` and ``weight`` count; ``children`` stays blank where nobody
    counted any.

    Notes
    -----
    Among units ranked together, children are compared with children alone: where those of some are counted,
    those of the others are ``no_counts``.

    Weights are drawn from a Dirichlet distribution whose mean they are (Monte Carlo sensitivity analysis of
    composite indicators [saisana-2005]), with a fixed seed.

    Examples
    --------
    >>> from cfspace.planning.pilots import rank_pilots
    >>> scores = pd.DataFrame(
    ...     {
    ...         "unit_level": "district",
    ...         "unit_id": ["1", "2"],
    ...         "unit_name": ["East", "West"],
    ...         "overall": [40.0, 80.0],
    ...         "data_share": 1.0,
    ...         "rank": [2.0, 1.0],
    ...         "children": [500.0, 400.0],
    ...     }
    ... )
    >>> coverage = pd.DataFrame(
    ...     {
    ...         "unit_level": "district",
    ...         "unit_id": ["1", "2"],
    ...         "scored": True,
    ...         "score": [60.0, 80.0],
    ...         "covered_share": 1.0,
    ...     }
    ... )
    >>> rank_pilots(scores, coverage)[["unit_name", "rank", "need", "readiness", "reach", "data"]]
      unit_name  rank  need  readiness  reach   data
    0      East     1  60.0      100.0  100.0  100.0
    1      West     2  20.0      100.0   80.0  100.0
    """
    chosen = weights or load_weights()
    keys = [name for name in ("study", "unit_level", "unit_id") if name in scores]
    table = _criteria(scores, coverage, keys, chosen)
    parts = [_ranked(table[table["unit_level"] == level], chosen) for level in LEVELS]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)[
        [*(name for name in keys if name == "study"), *COLUMNS]
    ]


def _criteria(
    scores: pd.DataFrame, coverage: pd.DataFrame, keys: list[str], weights: PilotWeights
) -> pd.DataFrame:
    """Return the scores with a column for each criterion, NaN where it is not known."""
    own = coverage[coverage["scored"].astype(bool) & coverage["score"].notna()]
    good = own.assign(good=own["score"] >= weights.readiness.half_goal_score)
    ready = good.groupby(keys, sort=False)["good"].mean()
    covered = coverage.groupby(keys, sort=False)["covered_share"].min()
    index = pd.MultiIndex.from_frame(scores[keys])
    children = scores["children"].astype(float)
    weigh, weight = _sizes(scores, children)
    most = weight.groupby(scores["unit_level"]).transform("max")
    return scores.assign(
        homes_weigh=weigh,
        weight=weight,
        need=100.0 - scores["overall"].astype(float),
        readiness=100.0 * ready.reindex(index).to_numpy(float),
        reach=100.0 * weight / most.where(most > 0),
        data=100.0 * scores["data_share"].astype(float) * covered.reindex(index).to_numpy(float),
        why_not=np.select(
            [scores["overall"].isna(), weight.isna(), scores["rank"].isna(), children.isna() & ~(weight > 0)],
            ["no_score", "no_counts", "few_children", "no_homes"],
            default="",
        ),
    )


def _sizes(scores: pd.DataFrame, children: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return what counts as the size of each unit, and how much of it there is: one measure for a level."""
    counted = children.notna().groupby(scores["unit_level"]).transform("any")
    weigh = pd.Series("children", index=scores.index, dtype=object)
    if "homes_weigh" not in scores:
        return weigh, children
    own = scores["homes_weigh"].groupby(scores["unit_level"])
    stands_in = ~counted & (own.transform("nunique") == 1)
    weigh = weigh.mask(stands_in, scores["homes_weigh"])
    return weigh, children.mask(stands_in, scores["weight"].astype(float))


def _ranked(table: pd.DataFrame, weights: PilotWeights) -> pd.DataFrame:
    """Return the units of one level, ranked; those that cannot be judged last."""
    if table.empty:
        return table
    is_judged = (table["why_not"] == "").to_numpy(bool)
    values = np.nan_to_num(table.loc[is_judged, [*CRITERIA]].to_numpy(float))
    score, ranks = np.full(len(table), np.nan), np.full((len(table), 4), np.nan)
    own = np.array([*weights.by_criterion().values()])
    score[is_judged] = values @ (own / own.sum())
    if len(values):
        ranks[is_judged] = _ranks(values, own, weights.stability)
    columns = dict(zip(("rank", "rank_low", "rank_high", "share_first"), ranks.T, strict=True))
    told = table.assign(score=score, **columns)
    for name in ("rank", "rank_low", "rank_high"):
        told[name] = told[name].astype("Int64")
    told["is_firm"] = told["share_first"] >= weights.stability.firm_share
    return told.sort_values(["rank", "unit_id"], kind="stable", na_position="last")


def _ranks(values: Floats, own: Floats, how: _Stability) -> Floats:
    """Return rank, low and high rank under other weights, and the share of draws among the first."""
    drawn = draw_weights(own, how)
    of_draw = _places(values @ drawn.T)
    low, high = np.percentile(of_draw, [5, 95], axis=1, method="nearest")
    # Where a level has few units, being among the first of them would say nothing.
    first = (of_draw <= max(1, min(how.first, len(values) - 1))).mean(axis=1)
    return np.column_stack([_places(values @ own[:, None])[:, 0], low, high, first])


def draw_weights(own: Floats, how: _Stability) -> Floats:
    """Return weights drawn around some, a row each; a criterion of weight 0 keeps it."""
    share = own / own.sum()
    drawn = np.zeros((how.draws, len(own)))
    some = share > 0
    rng = np.random.default_rng(how.seed)
    drawn[:, some] = rng.dirichlet(how.concentration * share[some], size=how.draws)
    return drawn


def _places(scores: Floats) -> Floats:
    """Return places by column, 1 the highest; those that tie to a billionth share the better place."""
    rounded = np.round(scores, 9)
    ordered = -np.sort(-rounded, axis=0)
    places = [np.searchsorted(-ordered[:, k], -rounded[:, k], side="left") for k in range(scores.shape[1])]
    return np.column_stack(places).astype(np.float64) + 1.0


def candidates(ranking: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the first units of each level, at most so many."""
    kept: pd.DataFrame = ranking[(ranking["rank"] <= most).fillna(False).astype(bool)]
    return kept


def weights_record(weights: PilotWeights) -> Mapping[str, object]:
    """Return weights as plain values, for a record of the ranking."""
    return weights.model_dump(mode="json")
