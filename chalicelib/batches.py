"""HubSpot's batches: one outcome for each record, whatever becomes of the call as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from chalicelib.case import Case, Group
from chalicelib.failures import CallFailed, OutOfTime, Rejected, Trouble, Unknown
from chalicelib.hubspot import faults
from chalicelib.hubspot.client import BATCH_MAX
from chalicelib.hubspot.models import BatchReply, Record
from chalicelib.resolve.pair import KEY_PROPERTY
from chalicelib.transport import vendor_down

Item = dict[str, Any]
Call = Callable[[str, list[Item]], BatchReply]
Some = TypeVar("Some")


@dataclass(frozen=True)
class Outcomes:
    """What becomes of an input that was carried out, and of one that was refused for good. `guarded`: HubSpot refuses
    a second application, so that a record whose answer was lost may be looked at again at once."""

    done: Callable[[Group, Case, Item, Record], None]
    refused: Callable[[Group, Case, Item, Trouble], None]
    guarded: bool


def in_batches(group: Group, objects: str, items: Sequence[tuple[Case, Item]], call: Call, outcomes: Outcomes) -> None:
    """Send inputs of whatever number; several may belong to one case."""
    for part in parts(items, BATCH_MAX):
        _batch(group, objects, part, call, outcomes)


def _batch(group: Group, objects: str, items: Sequence[tuple[Case, Item]], call: Call, outcomes: Outcomes) -> None:
    """One batch. A refusal of the whole is split by halves until it is about one record; nothing that may have been
    applied is assumed."""
    try:
        reply = call(objects, [item for _, item in items])
    except Rejected as refused:
        if len(items) > 1:
            half = len(items) // 2
            _batch(group, objects, items[:half], call, outcomes)
            _batch(group, objects, items[half:], call, outcomes)
        else:
            outcomes.refused(group, *items[0], refused.trouble)
        return
    except (CallFailed, OutOfTime) as failed:
        for case, _ in items:
            call_failed(group, case, failed, guarded=outcomes.guarded)
        return
    _each_outcome(group, items, reply, outcomes)


def _each_outcome(group: Group, items: Sequence[tuple[Case, Item]], reply: BatchReply, outcomes: Outcomes) -> None:
    results = {record.objectWriteTraceId or record.id: record for record in reply.results}
    by_key = {record.text(KEY_PROPERTY): record for record in reply.results if record.text(KEY_PROPERTY)}
    refused: dict[str, dict[str, Any]] = {}
    for error in reply.errors:
        for name in [*faults.trace_ids(error), *faults.record_ids(error)]:
            refused[name] = error
    for case, item in items:
        trace, record_id = item["objectWriteTraceId"], str(item.get("id", ""))
        record = results.get(trace) or results.get(record_id) or by_key.get(item["properties"].get(KEY_PROPERTY, "?"))
        said_no = refused.get(trace) or refused.get(record_id)
        if record is not None:
            outcomes.done(group, case, item, record)
        elif said_no is not None:
            outcomes.refused(group, case, item, faults.trouble(said_no))
        elif len(items) == 1 and reply.errors:
            outcomes.refused(group, case, item, faults.trouble(reply.errors[0]))
        else:
            unknown = Unknown(vendor_down("HubSpot", "left an item of a batch unanswered"), ended=True)
            call_failed(group, case, unknown, guarded=outcomes.guarded)


def call_failed(group: Group, case: Case, failed: CallFailed | OutOfTime, *, guarded: bool) -> None:
    """`guarded`: the vendor refuses a second application (request id, unique key), so that the record may be looked at
    again at once. An update that timed out keeps its lease until it can no longer arrive: a SyncToken lets it overwrite
    nobody, but arriving between two of our looks it would be taken for a person's."""
    group.failed([case], failed)
    if isinstance(failed, Unknown):
        case.keep_lease = not guarded and not failed.ended
    elif isinstance(failed, Rejected) or not was_sent_before(case):
        case.change(intent=None)  # nothing of it was done: the whole batch was refused, put off or never sent


def was_sent_before(case: Case) -> bool:
    """Whether this call only repeats a create of an earlier look, which may have arrived."""
    earlier, now = case.before.intent, case.record.intent
    return earlier is not None and now is not None and earlier.request_id == now.request_id


def parts(items: Sequence[Some], size: int) -> Iterable[Sequence[Some]]:
    return (items[start : start + size] for start in range(0, len(items), size))
