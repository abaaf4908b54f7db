"""Embedded AWS: ministack as a child process on a loopback port, and our resources from the packaged template.

The table, the queues, the key and the secret come from the very template that is deployed. What the in-process stack
plays itself is left out: functions and the API (handlers run in this process), and with them all that refers to them.
"""

from __future__ import annotations

import functools
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import requests
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
READY_WITHIN_S = 30.0
STACK_NAME = "hqsync-local"
SERVERLESS = "AWS::Serverless::"
NOT_NEEDED = ("AWS::IAM::", "AWS::Lambda::", "AWS::Logs::", "AWS::ApiGateway::", "AWS::Events::", SERVERLESS)
# The child ends when its standard input does: it never outlives us, even where we are killed.
RUN = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from ministack.app import main
main()
"""

Template = dict[str, Any]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _EndedEarlyError(RuntimeError):
    """The process ended before it answered."""


class Ministack:
    """The embedded AWS. `url` is what AWS_ENDPOINT_URL holds."""

    def __init__(self) -> None:
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy knows nothing of our loopback

    def start(self, free_port: Callable[[], int] = _free_port) -> Ministack:
        """Start it on a free port; once more, on another, where somebody took the port before ministack did."""
        try:
            return self._start_on(free_port())
        except _EndedEarlyError:
            self.stop()
            return self._start_on(free_port())

    def _start_on(self, port: int) -> Ministack:
        self.url = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR"}
        environment |= {"MINISTACK_HOST": "127.0.0.1", "MINISTACK_REGION": REGION, **CREDENTIALS}
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=2,  # standard output belongs to whoever started us
            start_new_session=True,  # Ctrl-C is for us; we stop it in our own order
        )
        self._await_health()
        return self

    def _await_health(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if not self.runs():
                raise _EndedEarlyError("ministack ended while it was starting; its own words are above")
            try:
                if self._http.get(self.url + "/_ministack/health", timeout=2).ok:
                    return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.02)  # it does not listen yet
        self.stop()
        raise RuntimeError(f"ministack did not answer within {READY_WITHIN_S:.0f} s")

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None

    def reset(self) -> None:
        """Forget every resource; milliseconds, where a new process takes a third of a second."""
        self._http.post(self.url + "/_ministack/reset", timeout=10).raise_for_status()

    def environment(self) -> dict[str, str]:
        """What boto3 needs to find it."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, **CREDENTIALS}

    def client(self, service: str) -> Any:
        return self._session.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            config=Config(max_pool_connections=50, retries={"total_max_attempts": 2}, proxies={}),
        )

    @functools.cached_property
    def _session(self) -> boto3.Session:
        """A session that never looks for a person's profile."""
        return boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            botocore_session=botocore.session.Session(session_vars={"profile": (None, None, None, None)}),
        )


@dataclass(frozen=True)
class Resources:
    """The names that the template's resources got."""

    table: str
    jobs_url: str
    dlq_url: str
    grants_url: str
    key_id: str
    secret_id: str

    @classmethod
    def of(cls, outputs: dict[str, str]) -> Resources:
        """Those that a deployed stack's outputs name."""
        return cls(
            table=outputs["SyncTable"],
            jobs_url=outputs["JobsQueueUrl"],
            dlq_url=outputs["JobsDlqUrl"],
            grants_url=outputs["GrantsQueueUrl"],
            key_id=outputs["DataKeyId"],
            secret_id=outputs["SyncSecretId"],
        )

    def environment(self) -> dict[str, str]:
        return {
            "SYNC_TABLE": self.table,
            "JOBS_QUEUE_URL": self.jobs_url,
            "JOBS_DLQ_URL": self.dlq_url,
            "GRANTS_QUEUE_URL": self.grants_url,
            "DATA_KEY_ID": self.key_id,
            "SYNC_SECRET_ID": self.secret_id,
        }


def create_resources(ministack: Ministack, template: Template, secret: dict[str, str]) -> Resources:
    """Make the template's data resources, as CloudFormation would, and fill in the secret."""
    made = Resources.of(deploy(ministack, data_resources(template)))
    complete(ministack, template, made, secret)
    return made


def deploy(ministack: Ministack, template: Template, parameters: dict[str, str] | None = None) -> dict[str, str]:
    """Create the stack, wait for it, and return its outputs."""
    cloudformation: CloudFormationClient = ministack.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in (parameters or {}).items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        stack = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if not stack["StackStatus"].endswith("IN_PROGRESS") or time.monotonic() > deadline:
            events = cloudformation.describe_stack_events(StackName=STACK_NAME)["StackEvents"]
            reasons = [event["ResourceStatusReason"] for event in events if event.get("ResourceStatusReason")]
            raise RuntimeError(f"the local stack is {stack['StackStatus']}: {'; '.join(reasons)}")
        time.sleep(0.02)  # ministack works on it


def complete(ministack: Ministack, template: Template, made: Resources, secret: dict[str, str]) -> None:
    """Do what ministack's CloudFormation leaves out (the table's TTL), and what a person does on AWS (the secret)."""
    dynamodb: DynamoDBClient = ministack.client("dynamodb")
    secrets: SecretsManagerClient = ministack.client("secretsmanager")
    lifetime = template["Resources"]["SyncTable"]["Properties"]["TimeToLiveSpecification"]
    dynamodb.update_time_to_live(TableName=made.table, TimeToLiveSpecification=lifetime)
    secrets.put_secret_value(SecretId=made.secret_id, SecretString=json.dumps(secret))


def data_resources(template: Template) -> Template:
    """The part of the template that the in-process stack does not play itself."""
    return without(template, lambda resource: str(resource.get("Type", "")).startswith(NOT_NEEDED))


def without_unknown_alarms(template: Template) -> Template:
    """The template without the alarms that ministack cannot make: composite ones, and those with metric math."""
    return without(
        template,
        lambda resource: (
            resource.get("Type") == "AWS::CloudWatch::CompositeAlarm"
            or (resource.get("Type") == "AWS::CloudWatch::Alarm" and "Metrics" in resource.get("Properties", {}))
        ),
    )


def without(template: Template, unwanted: Any) -> Template:
    """The template without these resources, and without everything that refers to one of them."""
    kept = dict(template["Resources"])
    gone: set[str] = set()
    while True:
        found = {name for name, resource in kept.items() if unwanted(resource) or gone & set(_mentioned(resource))}
        if not found:
            break
        gone |= found
        kept = {name: resource for name, resource in kept.items() if name not in found}
    outputs = {
        name: output for name, output in template.get("Outputs", {}).items() if not gone & set(_mentioned(output))
    }
    rest = {name: value for name, value in template.items() if name not in {"Resources", "Outputs"}}
    if not any(resource.get("Type", "").startswith(SERVERLESS) for resource in kept.values()):
        rest = {name: value for name, value in rest.items() if name not in {"Globals", "Transform"}}
    return {**rest, "Resources": kept, "Outputs": outputs}


def _mentioned(value: Any) -> Iterator[str]:
    """The logical names that a piece of a template refers to."""
    if isinstance(value, list):
        for item in value:
            yield from _mentioned(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "Ref" and isinstance(item, str):
                yield item
            elif name == "Fn::GetAtt":
                yield item[0] if isinstance(item, list) else item.split(".")[0]
            elif name == "Fn::Sub":
                text = item if isinstance(item, str) else item[0]
                yield from (part.split("}")[0].split(".")[0] for part in text.split("${")[1:])
                yield from _mentioned(item[1:] if isinstance(item, list) else [])
            elif name == "DependsOn":
                yield from [item] if isinstance(item, str) else item
            else:
                yield from _mentioned(item)
