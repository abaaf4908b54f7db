"""A small world for stories: both imitations, the whole stack, people who edit, and a clock that can be moved."""

from __future__ import annotations

import contextlib
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from local import aws
from local.dials import Call, Dial
from local.stack import PORTAL_ID, REALM_ID, Stack, random_secret
from ops.__main__ import main

CONNECTION = f"{PORTAL_ID}:{REALM_ID}"


class Clock:
    """The wall's clock, and as much ahead of it as the story wants."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class World:
    def __init__(self, stack: Stack, clock: Clock, folder: Path) -> None:
        self.stack = stack
        self.clock = clock
        self.folder = folder
        self.hubspot = stack.hubspot
        self.quickbooks = stack.quickbooks
        self.quickbooks.settings.per_second = None  # stories crowd a day's edits into a second
        self.portal = self.hubspot.portal(int(PORTAL_ID))
        self.company = self.quickbooks.company(REALM_ID)

    # --- operators ----------------------------------------------------------------------------------------------------

    def ops(self, *arguments: str, code: int | None = 0) -> Any:
        """Run the operators' command with --json; its value. `code` is the exit code it must have, None for any."""
        out, err = OwnThread(), OwnThread()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = main(["--local", *arguments, "--json"])
        assert code is None or ended == code, f"exit {ended}: {out.getvalue()}{err.getvalue()}"
        return json.loads(out.getvalue()) if out.getvalue() else None

    def connect(self, **contacts: Any) -> None:
        path = self.folder / "tokens.json"
        path.write_text(json.dumps(self.stack.tokens()))
        self.ops("connect", "--tokens", str(path))
        if contacts:
            self.settings(**contacts)

    def settings(self, **contacts: Any) -> None:
        path = self.folder / "settings.yaml"
        path.write_text(yaml.safe_dump({"connection": CONNECTION, "contacts": contacts}))
        self.ops("settings", "apply", str(path), "--yes")
        self.come_to_rest()

    def records(self, **wanted: Any) -> list[dict[str, Any]]:
        found = self.ops("records")
        return [one for one in found if all(one[name] == value for name, value in wanted.items())]

    def record(self, **wanted: Any) -> dict[str, Any]:
        found = self.records(**wanted)
        assert len(found) == 1, found
        return found[0]

    def rotate_secrets(self) -> None:
        """New keys at both vendors, put into Secrets Manager; nothing is deployed."""
        fresh = random_secret()
        kept = {
            name: self.stack.secret[name] for name in ("hubspot_client_id", "hubspot_app_id", "quickbooks_client_id")
        }
        self.stack.secret = {**fresh, **kept}
        self.hubspot.rotate_secret(fresh["hubspot_client_secret"])
        self.quickbooks.rotate_secrets(fresh["quickbooks_client_secret"], fresh["quickbooks_verifier_token"])
        manager = self.stack.ministack.client("secretsmanager")
        text = json.dumps(self.stack.secret)
        manager.put_secret_value(SecretId=self.stack.env["SYNC_SECRET_ID"], SecretString=text)

    # --- people -------------------------------------------------------------------------------------------------------

    def contact(self, first: str, last: str, email: str = "", company: str | None = None, **more: str) -> str:
        properties = {"firstname": first, "lastname": last, **more, **({"email": email} if email else {})}
        return str(self.portal.create_contact(properties, company_id=company))

    def companies(self, *names: str) -> list[str]:
        return [str(self.portal.create_company({"name": name})) for name in names]

    def customer(self, name: str, email: str = "", **more: Any) -> dict[str, Any]:
        body = {"DisplayName": name, **more, **({"PrimaryEmailAddr": {"Address": email}} if email else {})}
        return dict(self.company.create("Customer", body))

    def names(self) -> list[str]:
        return sorted(one["DisplayName"] for one in self.company.customers())

    def hubspot_api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """What another app of the portal does by the API."""
        token = self.hubspot.issue_tokens(int(PORTAL_ID), app_id=777)["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        reply = requests.request(method, self.stack.hubspot_url + path, json=body, headers=headers, timeout=10)
        assert reply.ok, reply.text
        return dict(reply.json())

    # --- time and rest ------------------------------------------------------------------------------------------------

    def come_to_rest(self) -> None:
        self.stack.wait_idle(60)

    def later(self, seconds: float) -> None:
        """Time goes on; what is due by then is done."""
        self.clock.ahead_s += seconds
        self.stack.run_schedule("due")
        self.come_to_rest()

    # --- what was called ----------------------------------------------------------------------------------------------

    def forget_calls(self) -> None:
        self.hubspot.dials.forget_calls()
        self.quickbooks.dials.forget_calls()

    def calls(self) -> list[Call]:
        return [*self.hubspot.dials.calls(), *self.quickbooks.dials.calls()]

    def said(self) -> list[str]:
        return [f"{call.method} {call.path} {call.query[:120]}" for call in self.calls()]

    def dial(self, vendor: str, **dial: Any) -> None:
        getattr(self, vendor).dials.set(Dial(**dial))


@contextlib.contextmanager
def living(ministack: aws.Ministack, folder: Path, **options: Any) -> Iterator[World]:
    clock = Clock()
    with Stack(sample=False, now=clock, ministack=ministack, **{"window_s": 0.05, **options}) as stack:
        yield World(stack, clock, folder)


class OwnThread(io.StringIO):
    """Text of the thread that made it; the workers' log lines, which share standard output, pass by."""

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.get_ident()

    def write(self, text: str) -> int:
        return super().write(text) if threading.get_ident() == self._own else len(text)
