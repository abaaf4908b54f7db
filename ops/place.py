"""Where the operators' command acts: the local stack, or a deployed stage; always through the same wiring."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chalicelib import wiring

STACK_FILE = Path(__file__).resolve().parent.parent / ".local-stack.json"
APP_NAME = "hqsync"
OUTPUTS = {  # the stack's outputs -> the app's variables
    "SyncTable": "SYNC_TABLE",
    "JobsQueueUrl": "JOBS_QUEUE_URL",
    "GrantsQueueUrl": "GRANTS_QUEUE_URL",
    "DataKeyId": "DATA_KEY_ID",
    "SyncSecretId": "SYNC_SECRET_ID",
    "PublicUrl": "PUBLIC_URL",
    "AlarmTopicArn": "ALARM_TOPIC_ARN",
}


class NoPlace(Exception):  # noqa: N818
    """There is nothing to act on; the text says what to do."""


def local() -> None:
    """Act on the local stack: the one that the variables name, else the one that runs in this checkout."""
    if not os.environ.get("SYNC_TABLE") and STACK_FILE.exists():
        stack: dict[str, Any] = json.loads(STACK_FILE.read_text())
        if os.environ.get("AWS_ENDPOINT_URL") in (None, stack["env"].get("AWS_ENDPOINT_URL")):
            os.environ.update({name: str(value) for name, value in stack["env"].items()})
    if not os.environ.get("SYNC_TABLE") and os.environ.get("AWS_ENDPOINT_URL"):
        os.environ.update(_local_credentials())
        deployed("local")
    if not os.environ.get("SYNC_TABLE"):
        raise NoPlace("no local stack runs here: start one with `make up` (or python -m local up)")
    wiring.reset()


def deployed(stage: str) -> None:
    """Act on a deployed stage, found by its CloudFormation outputs, with the operator's own credentials."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("cloudformation")
        stacks = client.describe_stacks(StackName=f"{APP_NAME}-{stage}")["Stacks"]
    except (BotoCoreError, ClientError) as refused:
        raise NoPlace(f"cannot read the stack {APP_NAME}-{stage}: {refused}") from None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0].get("Outputs", [])}
    os.environ.update({variable: outputs[name] for name, variable in OUTPUTS.items() if name in outputs})
    wiring.reset()


def _local_credentials() -> dict[str, str]:
    given = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
    return {name: value for name, value in given.items() if name not in os.environ}
