"""A country by any of its common names or codes (ISO 3166-1)."""

from __future__ import annotations

import functools
import re
import unicodedata

# What people write, where the standard's own name is longer, turned around or new.
COMMON = {
    "AE": "United Arab Emirates", "BN": "Brunei", "BO": "Bolivia", "CC": "Cocos Islands", "CD": "DR Congo",
    "FK": "Falkland Islands", "FM": "Micronesia", "GB": "United Kingdom", "IR": "Iran", "KP": "North Korea",
    "KR": "South Korea", "LA": "Laos", "MD": "Moldova", "MF": "Saint Martin", "NR": "Nauru", "PS": "Palestine",
    "RU": "Russia", "SH": "Saint Helena", "SX": "Sint Maarten", "SY": "Syria", "TW": "Taiwan", "TZ": "Tanzania",
    "US": "United States", "VE": "Venezuela", "VG": "British Virgin Islands", "VI": "U.S. Virgin Islands",
    "VN": "Vietnam",
}  # fmt: skip
ALIASES = {
    "AE": ("UAE", "Emirates"), "AT": ("Österreich",), "BE": ("België", "Belgique", "Belgien"), "BR": ("Brasil",),
    "CD": ("Democratic Republic of the Congo", "DRC", "Congo Kinshasa"),
    "CG": ("Republic of the Congo", "Congo Brazzaville"),
    "CH": ("Schweiz", "Suisse", "Svizzera"), "CI": ("Ivory Coast",), "CN": ("PRC", "People's Republic of China"),
    "CV": ("Cape Verde",), "CZ": ("Czech Republic",), "DE": ("Deutschland", "Federal Republic of Germany"),
    "DK": ("Danmark",), "ES": ("España",), "FI": ("Suomi",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland"),
    "GM": ("Gambia, The",), "HK": ("Hong Kong SAR",), "IE": ("Republic of Ireland", "Eire"), "IT": ("Italia",),
    "KR": ("Republic of Korea",), "MK": ("Macedonia",), "MM": ("Burma",), "MO": ("Macau",),
    "NL": ("Holland", "Nederland"), "NO": ("Norge",), "PL": ("Polska",), "SE": ("Sverige",),
    "ST": ("São Tomé and Príncipe",), "SZ": ("Swaziland",), "TL": ("East Timor",), "TR": ("Turkey",),
    "US": ("United States of America", "America", "U.S. of America"), "VA": ("Vatican", "Vatican City"),
    "VI": ("US Virgin Islands",),
}  # fmt: skip


def in_form(text: str, form: str) -> str | None:
    """The country as `alpha2`, `alpha3` or `name`; None where the text names none."""
    return _known().get(_key(text), {}).get(form)


@functools.cache
def _known() -> dict[str, dict[str, str]]:
    import iso3166  # only rows with a country transform need it

    known: dict[str, dict[str, str]] = {}
    for one in iso3166.countries:
        common = COMMON.get(one.alpha2, one.apolitical_name)
        forms = {"alpha2": one.alpha2, "alpha3": one.alpha3, "name": common}
        names = (one.alpha2, one.alpha3, one.name, one.apolitical_name, common, *ALIASES.get(one.alpha2, ()))
        known.update({_key(name): forms for name in names})
    return known


def _key(text: str) -> str:
    """A name without what people write differently: case, accents, points, "the", "&" and "St."."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    words = re.sub(r"[^\w\s]", "", re.sub(r"[-,/]", " ", plain.replace("&", " and "))).split()
    if len(words) > 1:  # alone, ST is a code
        words = ["saint" if word == "st" else word for word in words if word != "the"]
    return " ".join(words)
