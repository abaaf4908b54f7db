"""Known-bad mutants of the workers and sweeps: the queue, leases, intents, cursors, and whose client it is."""

from __future__ import annotations

from tests.simulation.history import TWO_COMPANIES, TWO_TENANTS, Ground, Weather
from tests.simulation.mutating import Mutant

PEOPLE = ("contact_is_made", "customer_is_made", "colleagues_come", "newest_pair_is_edited", "customer_is_edited")
UNMATCHED = {"contacts": {"match": "none", "without_email": "include", "on_name_taken": "qualify"}}
LOST = ("answer lost", "hangs up", "500 after all", "html after all")
ANSWERS = Weather("answers are lost", {"hubspot": 0.3, "quickbooks": 0.3}, only=LOST)
DEAF = Weather("no notices", {}, 0.0, 5.0, notices=False)
SKEWED = Weather("no notices, clocks differ", {}, 90.0, 60.0, notices=False)

WORKERS = (
    # --- the queue, and one worker at a time (design D4, D5) ----------------------------------------------------------
    Mutant(
        "remember/records.py",
        "        free = [held for held in helds if held.record.lease_until <= now]",
        "        return list(helds)\n        free: list[Held] = []",
        "two workers make the line items of one invoice beside each other", "dalosm",
        Ground(
            "skips the lease", ("invoice_is_made", "invoice_gets_other_lines"), ("customer_is_made",) * 2,
            Weather("handed out twice", {"hand": 0.8, "hubspot": 0.2}, only=("again meanwhile", "slow")),
            settings={"invoices": {}},
        ),
    ),
    Mutant(
        "doors.py",
        'return _answer(503, "try again")\n    except Exception',
        'return _answer(200, "")\n    except Exception',
        "the vendor never sends the notice again", "l",
        Ground("answers 200 although the queue refused", PEOPLE, weather=Weather("full queues", {"send": 0.15})),
    ),
    Mutant(
        "doors.py",
        '    return {"batchItemFailures": [{"itemIdentifier": own_id} for own_id in failed]}\n\n\ndef _try(',
        '    return {"batchItemFailures": []}\n\n\ndef _try(',
        "a job that broke is gone", "aldsq",
        Ground(
            "acknowledges what failed", PEOPLE,
            weather=Weather("no notices, a throttled table", {"write": 0.12, "read": 0.05}, notices=False),
        ),
    ),
    Mutant(
        "jobs.py",
        "return (self.connection, self.kind, self.side, self.id)",
        'return ("", self.kind, self.side, self.id)',
        "of a notice that concerns two companies one learns nothing", "alq",
        Ground("folds the jobs of different connections", PEOPLE, layout=TWO_COMPANIES, most=30),
    ),
    Mutant(
        "doors.py",
        "(State.FAILING, State.PENDING)",
        "(State.PENDING,)",
        "what a vendor refused in passing fails for ever", "s",
        Ground(
            "never tries again what has failed", PEOPLE,
            weather=Weather("QuickBooks is down", {"quickbooks": 0.4}, only=("500", "503", "html")),
        ),
    ),
    # --- creates are intents first (D3) -------------------------------------------------------------------------------
    Mutant(
        "write.py",
        "record = replace(case.record, owed=case.owed,",
        "record = replace(case.record, intent=None, owed=case.owed,",
        "a create whose answer was lost is made again", "dlsn",
        Ground("drops the intent", ("contact_is_made", "colleagues_come"), weather=ANSWERS, settings=UNMATCHED),
    ),
    Mutant(
        "batches.py",
        "        case.keep_lease = not guarded and not failed.ended",
        "        case.change(intent=None)",
        "a create that timed out is made again", "dlsn",
        Ground(
            "takes silence for a refusal", ("contact_is_made", "colleagues_come"), weather=ANSWERS, settings=UNMATCHED,
        ),
    ),
    Mutant(
        "write.py",
        '_quickbooks_call(group, items, "create", request_id, _created_in_quickbooks)',
        '_quickbooks_call(group, items, "create", group.new_id(), _created_in_quickbooks)',
        "QuickBooks takes the repetition for another create", "dlsn",
        Ground(
            "sends a create again under a new request id", ("contact_is_made", "colleagues_come"), weather=ANSWERS,
            settings=UNMATCHED,
        ),
    ),
    Mutant(
        "lookup.py",
        "    if group.connection.key_property:",
        "    if not group.connection.key_property:",
        "a contact that a lost create has made is not found again", "dlsp",
        Ground("does not look for its own key", ("customer_is_made",), weather=ANSWERS, settings=UNMATCHED),
    ),
    Mutant(
        "resolve/agreement.py",
        "    if base is None:\n        return None\n    left_for_hubspot",
        "    if base or base is None:\n        return base\n    left_for_hubspot",
        "after a lost answer our own value wins over an edit", "ao",
        Ground(
            "takes its own interrupted write for a person's", ("newest_pair_is_edited", "customer_is_edited"),
            ("customer_is_made",), Weather("HubSpot's answers are lost", {"hubspot": 0.5}, only=LOST),
            settings={"contacts": {"without_email": "include", "conflict": "hubspot"}}, most=20,
        ),
    ),
    Mutant(
        "write.py",
        '"SyncToken": (case.in_quickbooks.SyncToken if case.in_quickbooks else case.record.sync_token) or "0",',
        '"SyncToken": getattr(group.quickbooks.row(group.shape.row, case.record.quickbooks_id), "SyncToken", "0"),',
        "it writes over whatever is there by now", "ao",
        Ground(
            "forgets the SyncToken", ("both_sides_are_edited",), ("contact_is_made",) * 3,
            settings={"contacts": {"conflict": "quickbooks", "without_email": "include"}},
        ),
    ),
    # --- tenancy (D6) -------------------------------------------------------------------------------------------------
    Mutant(
        "wiring.py",
        "        realm = Bearer(self.grants, connection.realm, quickbooks_url)",
        '        realm = self.__dict__.setdefault("realm", Bearer(self.grants, connection.realm, quickbooks_url))',
        "one company's customers are written into another one's books", "tldsao",
        Ground("reuses the other tenant's client", PEOPLE, layout=TWO_TENANTS),
    ),
    Mutant(
        "resolve/agreement.py",
        "    return bool(owner) and owner != pair.realm_id and not pair.settings.shared",
        "    return bool(owner) and owner == pair.realm_id and pair.settings.shared",
        "one company's customers come into the other one's books", "td",
        Ground("takes over what other books began", ("customer_is_made",), layout=TWO_COMPANIES),
    ),
    # --- sweeps prove that there is no gap (D9) -----------------------------------------------------------------------
    Mutant(
        "sweep.py",
        "    wiring.queue.send([*jobs, *holders, *looks])\n",
        "    Connections(wiring.table).change(connection.id, lambda held: replace(\n"
        "        held, hubspot_cursor=now, quickbooks_cursor=now, hubspot_cursors=cursors, swept_at=now))\n"
        "    wiring.queue.send([*jobs, *holders, *looks])\n",
        "what a sweep that fails has found, no other sweep finds", "alq",
        Ground(
            "moves the cursor first", PEOPLE,
            weather=Weather("no notices, full queues", {"send": 0.4}, only=("refused",), notices=False), most=24,
        ),
    ),
    Mutant(
        "sweep.py",
        'contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)',
        'contacts, newest = _modified(hubspot, "contacts", connection.swept_at)',
        "what the index or another clock tells late is never seen", "alq",
        Ground(
            "sweeps HubSpot by its own clock", ("contact_is_made", "contact_is_edited"), weather=SKEWED, most=24,
        ),
    ),
    Mutant(
        "sweep.py",
        "    since = connection.quickbooks_cursor - OVERLAP_S",
        "    since = connection.swept_at",
        "what another clock tells late is never seen", "alq",
        Ground(
            "sweeps QuickBooks by its own clock", ("customer_is_made", "customer_is_edited"), weather=SKEWED, most=24,
        ),
    ),
    Mutant(
        "sweep.py",
        '    contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)\n',
        "    try:\n"
        '        contacts, newest = _modified(hubspot, "contacts", connection.hubspot_cursor - OVERLAP_S)\n'
        "    except Exception:\n"
        "        contacts, newest = [], now\n",
        "an error of a sweep is swallowed, and with it what it should have found", "alq",
        Ground(
            "sweeps on where it could not look", ("contact_is_made", "contact_is_edited"),
            weather=Weather("no notices, HubSpot is down", {"hubspot": 0.35}, only=("500", "503"), notices=False),
            most=24,
        ),
    ),
    Mutant(
        "work.py",
        "        return job.at is not None and job.at <= record.hubspot_read  # our write's stamp may hide a person's",
        "        return True  #",
        "an edit after a write of ours is found a day later", "aq",
        Ground(
            "takes what a sweep tells for an echo",
            ("newest_pair_is_edited", "customer_is_edited", "contact_is_edited"), ("customer_is_made",) * 2, DEAF,
            settings={"contacts": {"without_email": "include"}},
        ),
    ),
    # --- what is said -------------------------------------------------------------------------------------------------
    Mutant(
        "work.py",
        "        records=len(finished),\n",
        "        records=[record.name for _, record in finished],\n",
        "personal data are in a log", "x",
        Ground("logs names", PEOPLE),
    ),
)  # fmt: skip
