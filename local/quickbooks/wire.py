"""Objects as a reply shows them: in the order of the field tables, without attributes that have no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.quickbooks import clock
from local.quickbooks.fields import CUSTOMER

if TYPE_CHECKING:
    from local.quickbooks.state import CompanyFile, Record


def record(file: CompanyFile, record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    computed = _computed(file, record)
    for field in record.entity.fields:
        value = computed.get(field.name, record.values.get(field.name))
        if value is None:
            continue
        if field.kind == "masked":
            value = masked(field.name, value)
        shown[field.name] = dict(value) if isinstance(value, dict) else value
    return {
        **shown,
        "domain": "QBO",
        "sparse": False,
        "Id": record.id,
        "SyncToken": str(record.token),
        "MetaData": {
            "CreateTime": clock.whole_seconds(record.created),
            "LastUpdatedTime": clock.whole_seconds(record.updated),
        },
    }


def stub(id: str, at: float) -> dict[str, Any]:
    """What CDC shows of an object that is gone (reference 4)."""
    return {"domain": "QBO", "status": "Deleted", "Id": id, "MetaData": {"LastUpdatedTime": clock.whole_seconds(at)}}


def full_name(file: CompanyFile, record: Record) -> str:
    """`Parent:Child`, by the names that they have now."""
    ancestors = file.families[record.entity.name].ancestors(record.id)
    above = [file.records[record.entity.name][id].name for id in ancestors]
    return ":".join([*reversed(above), record.name])


def masked(name: str, text: str) -> str:
    """Tax numbers show their last five characters at most (reference 7.2), a social security number none."""
    if name == "SSN":
        return "XXX-XX-XXXX"
    return "X" * (len(text) - 5) + text[-5:]


def is_mask_of(record: Record, name: str, value: object) -> bool:
    """Whether a client sends back the mask that it was shown: that changes nothing."""
    field = record.entity.field(name)
    stored = record.values.get(name)
    return bool(field and field.kind == "masked" and stored and value == masked(name, stored))


def _computed(file: CompanyFile, record: Record) -> dict[str, Any]:
    if record.entity is not CUSTOMER:
        return {}
    family = file.families[record.entity.name]
    jobs = (file.records[record.entity.name][id] for id in family.descendants(record.id))
    balance = record.values.get("Balance", 0)
    return {
        "FullyQualifiedName": full_name(file, record),
        "Level": family.level(record.id) or None,
        "BalanceWithJobs": balance + sum(job.values.get("Balance", 0) for job in jobs),
    }
