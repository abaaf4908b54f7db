"""What a row of the field table may do with a value on its way: the words for it in YAML, and what is wrong with them.

How a value is changed is in `resolve/transforms.py`. This file is read at every start, so it needs no library for
phones or countries.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

Name = Literal["trim", "upper", "lower", "title", "phone", "country", "date", "number", "map"]
PLAIN = ("trim", "upper", "lower", "title")
EXAMPLES = {
    "phone": "{phone: US}", "country": "{country: alpha2}", "date": '{date: "%d/%m/%Y"}', "number": "{number: 2}",
    "map": '{map: {"HubSpot value": "QuickBooks value"}}',
}  # fmt: skip
COUNTRY_FORMS = ("alpha2", "alpha3", "name")
DECIMALS_MAX = 10
DATE_PARTS = {"d": "day", "m": "month", "Y": "year"}

# The regions whose national numbers can be read. A test holds this list to the library's.
_REGIONS = """
    AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC
    CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB
    GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US
    UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
REGIONS = frozenset(_REGIONS.split())


class Transform(BaseModel):
    """One step. It is read from, and stored as, what YAML says: `trim`, or `{phone: US}`.

    `detail` is the region, the country form, the date pattern or the number of decimals; `entries` are the pairs of a
    map, HubSpot's value first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    detail: str = ""
    decimals: int = 0
    entries: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, given: Any) -> Any:
        if isinstance(given, Transform):
            return given
        if isinstance(given, str):
            name, operand = given, None
        elif isinstance(given, dict) and len(given) == 1:
            ((name, operand),) = given.items()
        else:
            raise ValueError(f"a transform is one word or one pair, such as trim or {EXAMPLES['phone']}")
        if name in PLAIN:
            if operand is not None:
                raise ValueError(f"{name} stands alone: write {name}, without anything behind it")
            return {"name": name}
        if name not in EXAMPLES:
            raise ValueError(f"there is no transform {name!r}; there are " + ", ".join((*PLAIN, *EXAMPLES)))
        if operand is None:
            raise ValueError(f"{name} needs to know more: write {EXAMPLES[name]}")
        return {"name": name, **_READERS[name](operand)}

    @model_serializer
    def _as_yaml(self) -> Any:
        if self.name in PLAIN:
            return self.name
        if self.name == "map":
            return {"map": dict(self.entries)}
        return {self.name: self.decimals if self.name == "number" else self.detail}

    def __str__(self) -> str:
        if self.name in PLAIN:
            return self.name
        if self.name == "map":
            return f"map of {len(self.entries)}"
        return f"{self.name} {self.decimals if self.name == 'number' else self.detail}"


def _phone(region: Any) -> dict[str, Any]:
    # YAML reads an unquoted NO as false.
    if region is False:
        raise ValueError('phone: YAML reads NO as "false": write {phone: "NO"} for Norway')
    if not isinstance(region, str) or region not in REGIONS:
        raise ValueError(f"phone: {region!r} is no region; write its two letters, such as US, GB or DE")
    return {"detail": region}


def _country(form: Any) -> dict[str, Any]:
    if form not in COUNTRY_FORMS:
        raise ValueError(f"country: {form!r} is no form of a country; there are " + ", ".join(COUNTRY_FORMS))
    return {"detail": form}


def _date(pattern: Any) -> dict[str, Any]:
    if not isinstance(pattern, str):
        raise ValueError(f"date: the pattern must be a text, such as {EXAMPLES['date']}")
    parts = Counter(re.findall(r"%(.?)", pattern, re.DOTALL))
    if "y" in parts:
        raise ValueError("date: %y does not say the century; write %Y")
    if unknown := [f"%{part}" for part in parts if part not in DATE_PARTS]:
        raise ValueError(f"date: {unknown[0]} is not known in a pattern; there are %d, %m and %Y")
    if missing := [f"%{part} (the {word})" for part, word in DATE_PARTS.items() if part not in parts]:
        raise ValueError(f"date: the pattern {pattern!r} lacks {', '.join(missing)}")
    if twice := [f"%{part}" for part, count in parts.items() if count > 1]:
        raise ValueError(f"date: the pattern {pattern!r} has {twice[0]} twice")
    if re.search(r"\d", pattern):
        raise ValueError("date: a pattern with digits of its own cannot be read back")
    if pattern.strip() == "%Y-%d-%m":
        raise ValueError("date: %Y-%d-%m looks like HubSpot's own dates, with month and day exchanged; write %Y-%m-%d")
    if pattern != pattern.strip():
        raise ValueError("date: the pattern begins or ends with a blank")
    return {"detail": pattern}


def _number(decimals: Any) -> dict[str, Any]:
    if isinstance(decimals, bool) or not isinstance(decimals, int) or not 0 <= decimals <= DECIMALS_MAX:
        raise ValueError(f"number: {decimals!r} is no number of decimals from 0 to {DECIMALS_MAX}")
    return {"decimals": decimals}


def _map(entries: Any) -> dict[str, Any]:
    if not isinstance(entries, dict) or not entries:
        raise ValueError(f"map: it needs at least one pair: {EXAMPLES['map']}")
    pairs = [(_text(one), _text(two)) for one, two in entries.items()]
    if any(not one or not two for one, two in pairs):
        raise ValueError("map: an entry has an empty side; whether clearing crosses is said by the row's `clears`")
    for what, values in (("HubSpot", [one for one, _ in pairs]), ("QuickBooks", [two for _, two in pairs])):
        if twice := [value for value, count in Counter(values).items() if count > 1]:
            ways = "what becomes of it" if what == "HubSpot" else "which value to give HubSpot"
            raise ValueError(f"map: the {what} value {twice[0]!r} stands there twice, so nobody can say {ways}")
    return {"entries": tuple(pairs)}


def _text(value: Any) -> str:
    """YAML makes a number of 5 and a truth of yes; both vendors hold texts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError(f"map: {value!r} is no text")
    return str(value).strip()


_READERS = {"phone": _phone, "country": _country, "date": _date, "number": _number, "map": _map}
