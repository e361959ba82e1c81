"""Makes numbers with valid check characters: resident ids (GB 11643), credit codes (GB 32100)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECK = np.array(list("10X98765432"))
_USCC_SYMBOLS = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype="S1")
_USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])

#: Order numbers there are for one county, birthday and sex (a prime).
_ORDERS = 499

IntArray = npt.NDArray[np.int64]


def _digits(values: IntArray, width: int) -> IntArray:
    powers = 10 ** np.arange(width - 1, -1, -1)
    return (values[:, None] // powers) % 10


def id_numbers(people: pl.DataFrame) -> pl.Series:
    """Makes unique 18-character numbers for a frame with columns county (int), birth_date and male.

    The order number is odd for men, even for women. Those of one county, birthday and sex take steps by a
    number that shares no factor with the ring they go around, so none comes twice. Raises ``ValueError`` if
    too many people share all three.
    """
    order = (
        people.select(pl.int_range(pl.len()).over(["county", "birth_date", "male"])).to_series().to_numpy()
    )
    if len(order) and order.max() >= _ORDERS:
        raise ValueError("too many people of one county share a birthday")
    day = people["birth_date"].cast(pl.Int32).to_numpy().astype(np.int64)
    start = people["county"].cast(pl.Int64).to_numpy() * 31 + day * 7
    place = (start + order.astype(np.int64) * 137) % _ORDERS
    order_no = 2 * place + np.where(people["male"].to_numpy(), 1, 2)
    born = people["birth_date"].dt.strftime("%Y%m%d").cast(pl.Int64).to_numpy()
    county = people["county"].cast(pl.Int64).to_numpy()
    digits = np.hstack([_digits(county, 6), _digits(born, 8), _digits(order_no, 3)])
    check = _ID_CHECK[(digits @ _ID_WEIGHTS) % 11]
    body = county * 10**11 + born * 10**3 + order_no
    return (
        pl.select(pl.concat_str(pl.Series(body).cast(pl.String), pl.Series(check)))
        .to_series()
        .alias("id_number")
    )


def credit_codes(rng: np.random.Generator, n: int, prefix: str) -> pl.Series:
    """Makes ``n`` unified social credit codes that begin with ``prefix`` (department and class, e.g. 91)."""
    division = rng.choice(np.array([210102, 210103, 210104, 210105, 210106, 210112, 210113, 210114]), n)
    # steps by a prime around a ring of 10^8: no number comes twice
    serial = (int(rng.integers(10**8)) + np.arange(n, dtype=np.int64) * 76_543_217) % 10**8
    organisation = _digits(serial, 8)
    check9 = (11 - (organisation @ _ORGANISATION_WEIGHTS) % 11) % 11
    ninth = np.where(check9 == 10, 29, check9)  # 29 is the place of X among the symbols
    values = np.hstack(
        [
            np.tile([int(np.where(c.encode() == _USCC_SYMBOLS)[0][0]) for c in prefix], (n, 1)),
            _digits(division, 6),
            organisation,
            ninth[:, None],
        ]
    ).astype(np.int64)
    check = (31 - (values @ _USCC_WEIGHTS) % 31) % 31
    symbols = _USCC_SYMBOLS[np.hstack([values, check[:, None]])]
    text = np.ascontiguousarray(symbols).view("S18").ravel().astype("U18")
    return pl.Series("uscc", text.tolist(), dtype=pl.String)
