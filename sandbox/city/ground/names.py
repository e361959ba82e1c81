"""Invents names: common and compound surnames, rare characters, minority names with a middle dot."""

from __future__ import annotations

import numpy as np
import polars as pl

_SURNAMES = list(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文关那佟"
)
_COMPOUND = ["欧阳", "上官", "司马", "诸葛", "皇甫", "尉迟"]
_GIVEN_M = list(
    "伟强磊军勇涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆龙海山仁波宁贵福生元全国胜学祥才发武新利清彬富顺信子杰建国庆志宏"
)
_GIVEN_F = list(
    "芳娜敏静丽艳秀娟英霞兰玉桂凤洁梅琳素云莲真环雪荣爱妹香月莺媛红春菊勤珍贞莉淑华慧巧美雅芝萍燕彩"
)
_RARE = ["䶮", "㛃", "𬭸", "喆", "堃", "玥"]
_MINORITY = ["阿依", "买买提", "巴特尔", "萨仁", "古丽", "卓玛", "扎西", "娜仁"]
_MINORITY_LAST = ["古丽", "吐尔逊", "其其格", "苏荣", "木拉提", "次仁"]
#: Characters of the names here that Hong Kong and Taiwan write in another way.
_SIMPLIFIED = list(
    "张刘陈杨赵黄吴孙马罗郑谢韩冯萧许邓苏卢蒋贾阎谭邹陆龙万钱汤乔赖龚叶钟顾强军伟涛刚辉鹏华飞国学庆丽兰云红荣爱"
)
_TRADITIONAL = list(
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許鄧蘇盧蔣賈閻譚鄒陸龍萬錢湯喬賴龔葉鍾顧強軍偉濤剛輝鵬華飛國學慶麗蘭雲紅榮愛"
)
_GENERIC_WEIGHT_RARE = 0.004
_MINORITY_SHARE = 0.003


def surnames(rng: np.random.Generator, n: int) -> pl.Series:
    """Draws ``n`` surnames by how common they are."""
    pool = pl.Series(_SURNAMES + _COMPOUND)
    weights = np.array([1 / (i + 8) for i in range(len(_SURNAMES))] + [0.0006] * len(_COMPOUND))
    return pool.gather(rng.choice(len(pool), n, p=weights / weights.sum()))


def full_names(rng: np.random.Generator, surname: pl.Series, male: pl.Series) -> pl.Series:
    """Adds a given name of one or two characters to each surname; a few are minority names with ``·``."""
    n = len(surname)

    def given() -> pl.Series:
        men = pl.Series(_GIVEN_M).gather(rng.integers(0, len(_GIVEN_M), n))
        women = pl.Series(_GIVEN_F).gather(rng.integers(0, len(_GIVEN_F), n))
        return pl.select(pl.when(male).then(men).otherwise(women)).to_series()

    rare = pl.Series(_RARE).gather(rng.integers(0, len(_RARE), n))
    first, second = given(), given()
    kind = pl.Series(rng.random(n))
    minority = pl.Series(_MINORITY).gather(rng.integers(0, len(_MINORITY), n))
    minority_last = pl.Series(_MINORITY_LAST).gather(rng.integers(0, len(_MINORITY_LAST), n))
    return (
        pl.DataFrame(
            {"s": surname, "a": first, "b": second, "r": rare, "k": kind, "m": minority, "l": minority_last}
        )
        .select(
            pl.when(pl.col("k") < _MINORITY_SHARE)
            .then(pl.concat_str("m", pl.lit("·"), "l"))
            .when(pl.col("k") < _MINORITY_SHARE + _GENERIC_WEIGHT_RARE)
            .then(pl.concat_str("s", "r"))
            .when(pl.col("k") < 0.25)
            .then(pl.concat_str("s", "a"))
            .otherwise(pl.concat_str("s", "a", "b"))
            .alias("full_name")
        )
        .to_series()
    )


def other_name(name: pl.Series) -> pl.Series:
    """Returns the same surname with another last character, for facts that agree in the number but not in the
    name.
    """
    last = pl.when(name.str.ends_with("辰")).then(pl.lit("晨")).otherwise(pl.lit("辰"))
    return pl.select(pl.concat_str(name.str.head(-1), last)).to_series()


def has_traditional(name: pl.Expr) -> pl.Expr:
    """Tells whether a character of the name, other than the last, has a traditional form."""
    return name.str.head(-1).str.contains_any(_SIMPLIFIED)


def traditional(name: pl.Series) -> pl.Series:
    """Returns the name as Hong Kong or Taiwan writes it."""
    return name.str.replace_many(_SIMPLIFIED, _TRADITIONAL)
