"""Sets of sites next to one."""

from __future__ import annotations

import numpy as np

from capacity.arrays import Bools
from capacity.engines.tree.statement import Statement


def neighbours(statement: Statement, opened: Bools) -> Bools:
    """Sets with one site more, one less or one exchanged, (B, m)."""
    kept = np.zeros(len(opened), dtype=bool)
    kept[statement.kept] = True
    out = np.flatnonzero(opened & ~kept)
    into = statement.free[~opened[statement.free]]
    count, nearby = int(opened.sum()), []
    if len(out) and len(into):
        pairs = np.stack(np.meshgrid(out, into, indexing="ij"), axis=-1).reshape(-1, 2)
        swapped = np.repeat(opened[None], len(pairs), axis=0)
        swapped[np.arange(len(pairs)), pairs[:, 0]] = False
        swapped[np.arange(len(pairs)), pairs[:, 1]] = True
        nearby.append(swapped)
    for one, fits in ((into, count < statement.greatest), (out, count > statement.fewest)):
        if fits and len(one):
            changed = np.repeat(opened[None], len(one), axis=0)
            changed[np.arange(len(one)), one] ^= True
            nearby.append(changed)
    return np.concatenate(nearby) if nearby else np.zeros((0, len(opened)), dtype=bool)
