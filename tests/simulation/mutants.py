"""The known-bad mutants (see `mutating`): how a sync goes wrong, one change each."""

from __future__ import annotations

from tests.simulation.mutants_sales import SALES
from tests.simulation.mutating import Mutant

CUSTOMERS = (
    # --- one record, one worker at a time (design D5) -----------------------------------------------------------------
    Mutant(
        "skips the lease", "remember/records.py",
        "free = [held for held in helds if held.record.lease_until <= now]",
        "free = list(helds)",
        "two workers write one record beside each other", "dalos",
        weathers=("mortal", "upgrade", "storm", "answers",),
    ),
    Mutant(
        "drops the job of a record that is leased", "work.py",
        "            wiring.queue.send(its_jobs, delay_s=5)\n            continue",
        "            continue",
        "what came while somebody worked on the record is never looked at", "al",
        weathers=("deaf", "deaf storm", "mortal", "slow",),
    ),
    Mutant(
        "looks for matches without a lease", "linking.py",
        "        if case.root in got or not match_keys[case.root]:",
        "        if case.root or got:",
        "both sides of one person are made on the other side at the same time", "dl",
        weathers=("calm", "slow", "mortal",),
    ),
    Mutant(
        "gives the lease back while its write may still arrive", "batches.py",
        "case.keep_lease = not guarded and not failed.ended",
        "case.keep_lease = False",
        "a late write of ours arrives over what came after it", "ao",
        weathers=("answers",),
    ),
    # --- the queue (D4) -----------------------------------------------------------------------------------------------
    Mutant(
        "acknowledges what failed", "doors.py",
        '    flush()\n    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}\n\n\ndef _try(',
        '    flush()\n    return {"batchItemFailures": []}\n\n\ndef _try(',
        "a job that broke is gone", "ald",
        weathers=("table",),
    ),
    Mutant(
        "answers 200 although the queue refused", "doors.py",
        'return _answer(503, "try again")\n    except Exception',
        'return _answer(200, "")\n    except Exception',
        "the vendor never sends the notice again", "l",
        weathers=("table",),
    ),
    Mutant(
        "folds the jobs of different connections", "jobs.py",
        "return (self.connection, self.kind, self.side, self.id)",
        'return ("", self.kind, self.side, self.id)',
        "of a notice that concerns two companies one learns nothing", "al",
        layouts=("two companies of a portal",),
    ),
    Mutant(
        "passes pending records over when they are due", "doors.py",
        "(State.FAILING, State.PENDING)",
        "(State.FAILING,)",
        "what waits for a vendor waits for ever", "slad",
        weathers=("answers", "vendors",),
    ),
    Mutant(
        "drops the jobs of a paused connection", "work.py",
        "waiting.want(wiring, connection, kind, some, why)",
        "pass",
        "what happens while a vendor asks us to wait is lost", "al",
        weathers=("answers", "vendors",),
    ),
    Mutant(
        "forgets what it owes", "work.py",
        "case.after = [from_body(one) for one in got.record.owed]",
        "case.after = []",
        "a worker that dies before it sends takes along what was to follow", "alds",
        weathers=("mortal", "deaf storm",),
    ),
    Mutant(
        "forgets that QuickBooks had news", "work.py",
        "and (news or record.stale or not (record.base or record.facts) or record.sync_token is None)",
        "and (news or not (record.base or record.facts) or record.sync_token is None)",
        "an edit that could not be carried across at once is never", "ao",
        weathers=("answers", "vendors",),
    ),
    # --- creates are intents first (D3) -------------------------------------------------------------------------------
    Mutant(
        "drops the intent", "write.py",
        "record = replace(case.record, owed=case.owed, stale=case.record.stale or case.wants_quickbooks)",
        "record = replace(case.record, intent=None, owed=case.owed, stale=case.record.stale or case.wants_quickbooks)",
        "a create whose answer was lost is made again", "dls",
        weathers=("answers", "mortal",),
    ),
    Mutant(
        "takes silence for a refusal", "batches.py",
        "        case.keep_lease = not guarded and not failed.ended",
        "        case.change(intent=None)",
        "a create that timed out is made again", "dls",
        weathers=("answers",),
    ),
    Mutant(
        "sends a create again under a new request id", "write.py",
        '_quickbooks_call(group, items, "create", request_id, _created_in_quickbooks)',
        '_quickbooks_call(group, items, "create", group.new_id(), _created_in_quickbooks)',
        "QuickBooks takes the repetition for another create", "dls",
        weathers=("answers", "mortal",),
    ),
    Mutant(
        "looks for a create while it may still arrive", "write.py",
        "RESEND_WITHIN_S = 3_600.0",
        "RESEND_WITHIN_S = 0.0",
        "what arrives after the look is there twice", "dls",
        weathers=("answers",),
    ),
    Mutant(
        "does not look for its own key", "lookup.py",
        "    if group.connection.key_property:",
        "    if not group.connection.key_property:",
        "a contact that a lost create has made is not found again", "dls",
        weathers=("answers",),
    ),
    Mutant(
        "stores a link under one key only", "write.py",
        "for one, v in case.pointers.items() if one != case.root]",
        "for one, v in case.pointers.items() if one == case.root]",
        "the other side's next notice begins a second record", "dls",
    ),
    Mutant(
        "links without agreed values", "settled.py",
        "    case.change(base=base, leaving={k: v for k, v in case.record.leaving.items() if k != Side.QUICKBOOKS}, stale=False)",
        "    case.change(base={} if made_from else base, stale=False)",
        "the next edit looks like a conflict", "ao",
    ),
    Mutant(
        "takes its own interrupted write for a person's", "resolve/agreement.py",
        "    if base is None:\n        return None\n    left_for_hubspot",
        "    if base or base is None:\n        return base\n    left_for_hubspot",
        "after a crash our own value wins over an edit", "ao",
        weathers=("answers", "mortal",),
    ),
    # --- one pure three-way merge (D2) --------------------------------------------------------------------------------
    Mutant(
        "forgets the SyncToken", "write.py",
        '            "SyncToken": (case.in_quickbooks.SyncToken if case.in_quickbooks else case.record.sync_token) or "0",',
        '            "SyncToken": getattr(group.quickbooks.row(group.shape.row, case.record.quickbooks_id or ""), '
        '"SyncToken", "0"),',
        "it writes over whatever is there by now", "ao",
    ),
    Mutant(
        "gives up when its SyncToken is stale", "write.py",
        "    if reply.fault.code in (STALE, NOT_FOUND) and case.record.quickbooks_id and not case.again:",
        "    if reply.fault.code == NOT_FOUND and case.record.quickbooks_id and not case.again:",
        "a record that was edited at the same moment fails for ever", "asl",
    ),
    Mutant(
        "compares with clocks", "resolve/settle.py",
        "    if hubspot_speaks and quickbooks_speaks:",
        "    if newer and (hubspot_speaks or quickbooks_speaks):\n"
        "        return _written(field, newer, hubspot if newer is Side.HUBSPOT else quickbooks, now)\n"
        "    if hubspot_speaks and quickbooks_speaks:",
        "of one edit and the older value the later clock wins", "ao",
    ),
    Mutant(
        "takes every difference for a conflict", "resolve/settle.py",
        "    if hubspot_speaks and quickbooks_speaks:",
        "    if hubspot_speaks or quickbooks_speaks:",
        "an edit on the side that loses conflicts is undone", "ao",
    ),
    Mutant(
        "turns the conflict rule round", "resolve/settle.py",
        "else Side(chosen)\n", "else Side(chosen).other\n",
        "the wrong side wins", "ao",
    ),
    Mutant(
        "decides what a person is to decide", "resolve/settle.py",
        '    if chosen == "ask":\n        return Settled(base, conflict=True, ask=True)\n',
        '    if chosen == "ask":\n        chosen = "hubspot"\n',
        "an edit is overwritten that a person was to be asked about", "ao",
        settings=(("conflict", "ask"),),
    ),
    Mutant(
        "clears the other side", "resolve/settle.py",
        "hubspot_speaks = not stays[0] and (bool(hubspot.strip()) or field.clears)",
        "hubspot_speaks = not stays[0]",
        "a value is lost that only one side has cleared", "ao",
        acts=("contact_is_blanked",),
    ),
    Mutant(
        "judges QuickBooks against HubSpot's half of the base", "resolve/settle.py",
        "unchanged(field, base[1], quickbooks)", "unchanged(field, base[0], quickbooks)",
        "what a vendor writes otherwise looks like an edit", "ao",
    ),
    Mutant(
        "replaces nested objects", "quickbooks/body.py",
        "whole = (carried or {}).get(step) if place is body else None",
        "whole = None if place is body else carried",
        "writing the city loses the street", "ao",
    ),
    # --- linking, names, merges, deletes ------------------------------------------------------------------------------
    Mutant(
        "links what is linked already", "linking.py",
        "    return held is not None and held.record.root != case.root and bool(held.record.linked)",
        "    return held is not None and held.record.root == case.root and bool(held.record.linked)",
        "one customer belongs to two contacts", "dla",
    ),
    Mutant(
        "reserves names that others want", "naming.py",
        "wanted[held.owner] = wanted.get(held.owner, False) or alive",
        "wanted[held.owner] = False",
        "two creates race for one name", "dls",
    ),
    Mutant(
        "never gives a name back", "remembering.py",
        "    case.freed |= set(record.names) - keep\n",
        "",
        "a name that nobody has is taken for ever", "s",
    ),
    Mutant(
        "forgets whom a merge left over", "merges.py",
        "    merged = [c for c in open_cases(list(cases)) if c.in_hubspot and c.in_hubspot.id != c.record.hubspot_id]",
        "    merged = [c for c in open_cases(list(cases)) if c.in_hubspot and c.in_hubspot.id == c.root]",
        "the survivor of a merge loses its customer", "dlas",
        acts=("contacts_are_merged",),
    ),
    Mutant(
        "takes what is merged for deleted", "read.py",
        "        elif survivor := group.hubspot.read(objects, own_id, properties(group)):",
        "        elif survivor := None:",
        "the survivor of a merge gets a second customer", "dlas",
        acts=("contacts_are_merged",),
    ),
    Mutant(
        "archives what people made", "resolve/agreement.py",
        '        if deletes == "archive" and record.made is Side.HUBSPOT and record.put_away is None:',
        '        if deletes == "archive" and record.put_away is None:',
        "a contact that we did not make is put away", "p",
        settings=(("deletes", "archive"),), acts=("customer_is_inactivated",),
    ),
    Mutant(
        "inactivates what people made", "resolve/agreement.py",
        '        may = deletes == "archive" and record.made is Side.QUICKBOOKS and record.put_away is None',
        '        may = deletes == "archive" and record.put_away is None',
        "a customer that we did not make is put away", "p",
        settings=(("deletes", "archive"),), acts=("contact_is_archived",),
    ),
    Mutant(
        "puts away whatever the settings say", "resolve/agreement.py",
        '        may = deletes == "archive" and record.made is Side.QUICKBOOKS and record.put_away is None',
        "        may = record.put_away is None",
        "books lose a customer that they were to keep", "p",
        settings=(("deletes", "ignore"),), acts=("contact_is_archived",),
    ),
    Mutant(
        "makes again what is gone", "resolve/agreement.py",
        '        return excluded(f"{why}; the {shape.row_word} in QuickBooks stays as it is")',
        "        from chalicelib.resolve.customers import new_in_quickbooks\n\n        return new_in_quickbooks(pair)",
        "a contact that was deleted comes back", "dps",
        acts=("contact_is_archived",),
    ),
    Mutant(
        "syncs who has no e-mail address", "resolve/customers.py",
        '        if not pair.in_hubspot.emails and settings.without_email == "exclude":',
        '        if not pair.in_hubspot.emails and settings.without_email == "never":',
        "a contact that is excluded becomes a customer", "s",
        settings=(("without_email", "exclude"),),
    ),
    # --- tenancy (D6) -------------------------------------------------------------------------------------------------
    Mutant(
        "reuses the other tenant's client", "wiring.py",
        "        realm = Bearer(self.grants, connection.realm, quickbooks_url)",
        '        realm = self.__dict__.setdefault("realm", Bearer(self.grants, connection.realm, quickbooks_url))',
        "one company's customers are written into another one's books", "tlds",
        layouts=("two companies of a portal", "two tenants"),
    ),
    Mutant(
        "takes over what another company's books began", "resolve/agreement.py",
        "    return bool(owner) and owner != pair.realm_id and not pair.settings.shared",
        "    return bool(owner) and owner == pair.realm_id and pair.settings.shared",
        "one company's customers come into the other one's books", "tds",
        layouts=("two companies of a portal",),
    ),
    # --- sweeps prove that there is no gap (D9) -----------------------------------------------------------------------
    Mutant(
        "moves the cursor first", "sweep.py",
        "    wiring.queue.send([*jobs, *holders, *looks])\n",
        "    Connections(wiring.table).change(connection.id, lambda held: replace(\n"
        "        held, hubspot_cursor=now, quickbooks_cursor=now, hubspot_cursors=cursors, swept_at=now))\n"
        "    wiring.queue.send([*jobs, *holders, *looks])\n",
        "a sweep that dies has looked at what nobody will look at", "alq",
        weathers=("deaf storm",),
    ),
    Mutant(
        "sweeps by its own clock", "sweep.py",
        'contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)',
        'contacts, newest = _modified(hubspot, "contacts", connection.swept_at)',
        "what the index or another clock tells late is never seen", "alq",
        weathers=("deaf storm", "deaf",),
    ),
    Mutant(
        "sweeps QuickBooks by its own clock", "sweep.py",
        "    since = connection.quickbooks_cursor - OVERLAP_S",
        "    since = connection.swept_at",
        "what another clock tells late is never seen", "alq",
        weathers=("deaf storm",),
    ),
    Mutant(
        "sweeps on where it could not look", "sweep.py",
        '    contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)\n',
        "    try:\n"
        '        contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)\n'
        "    except Exception:\n"
        "        contacts, newest = [], now\n",
        "an error of a sweep is swallowed, and with it what it should have found", "alq",
        weathers=("deaf storm",),
    ),
    Mutant(
        "reads the first page of a search only", "sweep.py",
        "        if not after:\n            return found, True",
        "        if not after or True:\n            return found, True",
        "what is beyond the first page is never seen", "alq",
        weathers=("deaf",),
    ),
    Mutant(
        "does not sweep companies", "sweep.py",
        '    for subject in sorted({"company", *asked_of(connection.settings)}):',
        "    for subject in sorted(asked_of(connection.settings)):",
        "a renamed company whose notice is lost is found a day later", "n",
        weathers=("deaf", "deaf storm",),
    ),
    Mutant(
        "holds what a sweep tells for an echo", "work.py",
        "        return job.at is not None and job.at <= record.hubspot_read  # our write's stamp may hide a person's before it",
        "        return True",
        "an edit between our read and our write is found a day later", "alq",
        weathers=("deaf", "deaf storm",),
    ),
    # --- what is said -------------------------------------------------------------------------------------------------
    Mutant(
        "logs names", "work.py",
        "        records=len(finished),\n",
        "        records=[record.name for _, record in finished],\n",
        "personal data are in a log", "x",
    ),
)  # fmt: skip

MUTANTS = {one.name: one for one in (*CUSTOMERS, *SALES)}
