"""What is deployed, deployed: the packaged functions in embedded AWS, from a webhook to rows in the table.

API Gateway → Lambda → SQS → Lambda → DynamoDB; the vendors are the imitations. ministack runs a function as a process
of its own Python and hands over at most ten messages at a time, so batches of a hundred are the poller's to test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import yaml

from local import aws
from local.hubspot import HubSpot
from local.quickbooks import QuickBooks
from local.serving import Server
from local.stack import PORTAL_ID, REALM_ID, random_secret, vendor_environment
from ops import package
from tests.infra import sam

pytestmark = pytest.mark.slow

PUBLIC_URL = "https://hooks.example.com"
BUCKET = "packages"


@dataclass
class Deployment:
    ministack: aws.Ministack
    outputs: dict[str, str]
    secret: dict[str, str]
    environment: dict[str, str]
    hubspot: HubSpot
    quickbooks: QuickBooks

    def call(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """Through API Gateway, which ministack tells apart by the host."""
        port = self.ministack.url.rsplit(":", 1)[-1]
        host = f"{self.outputs['RestAPIId']}.execute-api.127.0.0.1:{port}"
        headers = {"Host": host, **arguments.pop("headers", {})}
        return requests.request(method, f"{self.ministack.url}/api{path}", headers=headers, timeout=30, **arguments)

    def keys(self) -> set[tuple[str, str]]:
        pages = self.ministack.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["SyncTable"])
        return {(item["pk"]["S"], item["sk"]["S"]) for page in pages for item in page["Items"]}

    def ops(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "ops", "--local", *arguments]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            command, cwd=package.ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def parameters(vendors: dict[str, str]) -> dict[str, str]:
    """HUBSPOT_API_URL is the parameter HubspotApiUrl, and so on."""
    return {"".join(word.capitalize() for word in name.split("_")): value for name, value in vendors.items()}


@pytest.fixture(scope="module")
def deployment():
    packaged = package.package("local")
    secret = random_secret()
    hubspot = HubSpot(
        client_id=secret["hubspot_client_id"],
        client_secret=secret["hubspot_client_secret"],
        app_id=int(secret["hubspot_app_id"]),
    )
    quickbooks = QuickBooks(
        client_id=secret["quickbooks_client_id"],
        client_secret=secret["quickbooks_client_secret"],
        verifier_token=secret["quickbooks_verifier_token"],
    )
    hubspot.add_portal(int(PORTAL_ID), sample=True)
    quickbooks.add_company(REALM_ID, sample=True)
    servers = [Server(hubspot.wsgi), Server(quickbooks.wsgi)]
    vendors = vendor_environment(servers[0].url, servers[1].url)
    ministack = aws.Ministack()
    try:
        ministack.start()
        s3 = ministack.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        s3.upload_file(str(packaged.zip), BUCKET, packaged.zip.name)
        template = yaml.safe_load(packaged.template.read_text())
        plain = aws.without_unknown_alarms(sam.expand(template, BUCKET, packaged.zip.name))
        outputs = aws.deploy(ministack, plain, {"PublicUrl": PUBLIC_URL, **parameters(vendors)})
        made = aws.Resources.of(outputs)
        aws.complete(ministack, template, made, secret)
        environment = {**ministack.environment(), **made.environment(), **vendors, "PUBLIC_URL": PUBLIC_URL}
        yield Deployment(ministack, outputs, secret, environment, hubspot, quickbooks)
    finally:
        ministack.stop()
        for server in servers:
            server.close()


@pytest.fixture(scope="module")
def connected(deployment, tmp_path_factory):
    """The same deployment, with the sample portal and the sample company connected."""
    tokens = tmp_path_factory.mktemp("tokens") / "tokens.json"
    hubspot, quickbooks = deployment.hubspot, deployment.quickbooks
    issued = {"hubspot": hubspot.issue_tokens(int(PORTAL_ID)), "quickbooks": quickbooks.issue_tokens(REALM_ID)}
    tokens.write_text(json.dumps(issued))
    deployment.ops("connect", "--tokens", str(tokens))
    return deployment


def test_the_deployed_app_answers(deployment):
    answer = deployment.call("GET", "/health")
    assert answer.status_code == 200, answer.text
    assert answer.json()["version"]


def test_a_webhook_without_a_signature_is_refused(deployment):
    for path in ("/webhooks/hubspot", "/webhooks/quickbooks"):
        answer = deployment.call("POST", path, data=b"[]", headers={"Content-Type": "application/json"})
        assert answer.status_code == 401, answer.text


def test_a_webhook_ends_as_rows_in_the_table(connected):
    """A bookkeeper's new customer is received, queued, looked at by the worker, and remembered."""
    before = connected.keys()
    customer = connected.quickbooks.company(REALM_ID).create("Customer", {"DisplayName": "Deployed Ltd"})
    event = {
        "specversion": "1.0",
        "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
        "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
        "type": "qbo.customer.created.v1",
        "datacontenttype": "application/json",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "intuitaccountid": REALM_ID,
        "intuitentityid": customer["Id"],
    }
    body = json.dumps([event]).encode()
    digest = hmac.new(connected.secret["quickbooks_verifier_token"].encode(), body, hashlib.sha256).digest()
    headers = {"Content-Type": "application/json", "intuit-signature": base64.b64encode(digest).decode()}
    answer = connected.call("POST", "/webhooks/quickbooks", data=body, headers=headers)
    assert answer.status_code == 200, answer.text
    deadline = time.monotonic() + 30
    while not connected.keys() - before:
        assert time.monotonic() < deadline, "the worker remembered nothing"
        time.sleep(0.1)


def test_a_link_leads_to_hubspot_and_leaves_a_cookie(deployment):
    """The way back is the public address, whatever host the gateway was called by."""
    link = deployment.ops("connect").splitlines()[-1]
    assert link.startswith(f"{PUBLIC_URL}/connect?ticket=")
    answer = deployment.call("GET", link.removeprefix(PUBLIC_URL), allow_redirects=False)
    assert answer.status_code == 302, answer.text
    assert "redirect_uri=https%3A%2F%2Fhooks.example.com%2Fconnect%2Fhubspot%2Fcallback" in answer.headers["Location"]
    assert "hqsync_connect=" in answer.headers["Set-Cookie"]
    assert "Secure" in answer.headers["Set-Cookie"]
    again = deployment.call("GET", link.removeprefix(PUBLIC_URL), allow_redirects=False)
    assert again.status_code == 410
    assert "used already" in again.text
