"""What both systems say about themselves at this moment. `ops` has no tokens of the vendors: a worker asks them."""

from __future__ import annotations

from chalicelib.jobs import Expand
from chalicelib.remember.connections import Connection, Connections, ConnectionState
from chalicelib.remember.metadata import MetadataStore
from chalicelib.settings.metadata import Metadata
from chalicelib.wiring import Wiring
from ops import waiting

FRESH_S = 60.0


def metadata(tools: Wiring, one: Connection, wait_s: float = 60.0, fresh: bool = True) -> Metadata | None:
    """Both systems' properties, custom fields, accounts and owners, read now by a worker.

    `fresh=False` takes a reading of the last minute where there is one. None where the connection is not connected, or
    no worker has answered within `wait_s`. A part that is None could not be read: the account, or the grant, does not
    allow it, or its vendor is away.
    """
    store = MetadataStore(tools.table)
    if not _connected(tools, one):
        return None
    if not fresh:
        held = store.get(one.id)
        if held is not None and abs(tools.now() - held.read_at) < FRESH_S:
            return held
    request_id = tools.new_id()
    tools.queue.send([Expand(one.id, "metadata", request_id)])

    def settled() -> bool:
        return store.answered(one.id, request_id) or not _connected(tools, one)

    waiting.until(settled, wait_s)
    return store.get(one.id) if store.answered(one.id, request_id) else None


def _connected(tools: Wiring, one: Connection) -> bool:
    held = Connections(tools.table).get(one.id)
    return held is not None and held.state is ConnectionState.CONNECTED
