"""Words for text columns nobody gives values for, by our column name."""

from __future__ import annotations

_WORKS = ["机械", "商贸", "物业", "餐饮", "建筑", "物流", "纺织", "汽配", "电子", "家政", "园林", "印刷"]
_BRANCHES = [
    "中山路",
    "北陵",
    "浑南",
    "铁西",
    "于洪",
    "沈河",
    "大东",
    "新民",
    "辽中",
    "法库",
    "康平",
    "太原街",
]
EMPLOYERS = [f"沈阳市{a}{b}有限公司" for a in ("盛达", "恒泰", "北方", "东兴", "鑫源") for b in _WORKS]

#: Values to draw from; the first words of a list are as likely as the last.
WORDS: dict[str, list[str]] = {
    "bed_no": ["101-1", "102-2", "203-1", "305-2"],
    "branch_name": [f"沈阳{b}支行" for b in _BRANCHES],
    "bank_code": [f"10{k}2210000{k:02d}" for k in range(1, 9)],
    "category": ["普通"],
    "cause": ["死亡"],
    "contribution_grade": ["200元档", "500元档", "1000元档", "2000元档", "3000元档"],
    "current_step": ["入户调查", "街道审核", "公示", "区级审批"],
    "destination": ["日本", "韩国", "香港", "泰国", "俄罗斯"],
    "employer_name": EMPLOYERS,
    "employment_form": ["按比例就业", "集中就业", "个体就业", "公益性岗位", "辅助性就业"],
    "ethnic_group": ["汉"] * 22 + ["满"] * 4 + ["回", "朝鲜", "蒙古", "锡伯"],
    "facility": ["沈阳市看守所", "沈河区看守所", "沈阳市强制隔离戒毒所"],
    "funeral_home": [f"第{k}殡仪馆" for k in "一二三四五六七八九"],
    "institution_name": ["沈阳市第一敬老院"],
    "insurance_kind": ["两全保险", "年金保险", "终身寿险", "重大疾病保险"],
    "office": [
        f"沈阳市{d}区民政局婚姻登记处" for d in ["和平", "沈河", "大东", "皇姑", "铁西", "浑南", "于洪"]
    ],
    "opinion": ["情况属实，同意", "符合条件，同意", "同意上报"],
    "organisation_name": EMPLOYERS,
    "police_station": [f"2101{d}{k:02d}0000" for d in ("02", "03", "04", "05", "06") for k in range(1, 9)],
    "prison": ["沈阳第一监狱", "沈阳第二监狱", "辽宁省女子监狱", "沈阳新入监犯监狱"],
    "register_address": ["沈阳市"],
    "relation": ["父母", "配偶", "子女", "兄弟姐妹"],
    "relation_to_head": ["本人"],
    "signed_by": ["本人"],
    "staff_class": ["公务员", "事业编制", "机关工勤", "退休"],
    "staff_position": ["街道民政助理", "区民政局科员", "社区主任", "社区副主任"],
    "step_name": ["街道审核", "区级审批"],
    "use_nature": ["非营运", "营运"],
    "vehicle_type": ["小型轿车", "小型普通客车", "普通二轮摩托车", "轻型货车"],
}
#: Numbers of papers and places: this prefix and eight digits.
NUMBERED: dict[str, str] = {
    "account_no": "GJJ",
    "application_id": "YW",
    "case_id": "AJ",
    "certificate_no": "J210100-",
    "confirmation_id": "RD",
    "contract_no": "SYHT",
    "document_no": "E",
    "household_no": "HH",
    "household_id": "JT",
    "permit_no": "2101JZ",
    "person_no": "2101",
    "policy_no": "BD",
    "plate_no": "辽A",
    "record_no": "JY",
    "registration_no": "2101",
    "title_no": "辽（2019）沈阳市不动产权第",
    "unit_no": "210102001001GB",
    "welfare_certificate_no": "FL",
}
#: Digits of a number where it is not eight.
WIDTHS: dict[str, int] = {"plate_no": 5, "account_no": 10, "contract_no": 10}


def prefix_of(name: str) -> str:
    """Returns what the numbers of a column begin with: of one nobody gave a prefix, its initials.

    >>> prefix_of("title_no"), prefix_of("subsidy_no")
    ('辽（2019）沈阳市不动产权第', 'SN')
    """
    return NUMBERED.get(name) or "".join(word[0] for word in name.split("_")).upper()
