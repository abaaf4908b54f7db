"""The local stack starts, serves, comes to rest and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
import requests
from chalice.app import Chalice
from werkzeug.exceptions import NotFound

from local import aws
from local.__main__ import STACK_FILE
from local.serving import Server
from local.stack import Stack, _AppHandler, _AppServer, serving
from ops import package

VENDOR_VARIABLES = {"HUBSPOT_API_URL", "QUICKBOOKS_API_URL", "QUICKBOOKS_TOKEN_URL", "PUBLIC_URL", "SYNC_TABLE"}


class TestTheTemplatesData:
    @pytest.fixture
    def template(self):
        return package.template("local")

    def test_functions_and_all_that_names_them_are_left_out(self, template):
        kept = aws.data_resources(template)["Resources"]
        assert {"SyncTable", "JobsQueue", "JobsDlq", "DataKey", "AppSecret"} <= kept.keys()
        assert not kept.keys() & {"Worker", "WorkerRole", "RestAPI", "APIHandlerInvokePermission", "ApiAccessLog"}

    def test_alarms_that_ministack_cannot_make_are_left_out(self):
        alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "m"}}
        band = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}}
        either = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": {"Fn::Sub": "ALARM(${Band})"}}}
        template = {"Resources": {"Alarm": alarm, "Band": band, "Either": either}}
        assert aws.without_unknown_alarms(template)["Resources"].keys() == {"Alarm"}

    def test_what_refers_to_something_left_out_goes_too(self):
        template = {
            "Resources": {
                "Gone": {"Type": "AWS::Lambda::Function"},
                "Next": {"Type": "X", "Properties": {"Arn": {"Fn::Sub": "${Gone.Arn}/index"}}},
                "After": {"Type": "X", "DependsOn": "Next"},
                "Stays": {"Type": "X", "Properties": {"Name": {"Fn::Sub": "${AWS::StackName}"}}},
            },
            "Outputs": {"Lost": {"Value": {"Ref": "Next"}}, "Kept": {"Value": {"Ref": "Stays"}}},
        }
        kept = aws.data_resources(template)
        assert kept["Resources"].keys() == {"Stays"}
        assert kept["Outputs"].keys() == {"Kept"}


class TestMinistack:
    def test_a_port_that_was_taken_meanwhile_is_exchanged(self):
        """A port is only known to be free before ministack binds it, and a test run has several of these."""
        taken = Server(NotFound())
        ports = [int(taken.url.rsplit(":", 1)[-1]), aws._free_port()]
        ministack = aws.Ministack()
        try:
            ministack.start(iter(ports).__next__)
            assert ministack.url == f"http://127.0.0.1:{ports[1]}"
            assert ministack.client("sqs").list_queues().get("QueueUrls", []) == []
        finally:
            ministack.stop()
            taken.close()


class TestServing:
    """The app's own server, with a small app."""

    @pytest.fixture
    def url(self):
        app = Chalice(app_name="echo", configure_logs=False)

        @app.route("/echo", methods=["POST"], content_types=["text/plain"])
        def echo():
            body = app.current_request.raw_body
            return {"said": body[:10].decode(), "length": len(body), "again": app.current_request.raw_body == body}

        server = _AppServer(("127.0.0.1", 0), _AppHandler)
        with server, serving(server, types.SimpleNamespace(app=app), package.template("local")):
            yield f"http://127.0.0.1:{server.server_port}"

    def test_requests_beside_each_other_do_not_mix(self, url):
        """Chalice keeps the current request in one attribute; without care, most callers would see another's body."""

        def ask(number):
            answer = requests.post(url + "/echo", data=str(number), headers={"Content-Type": "text/plain"}, timeout=10)
            return answer.json()["said"]

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(ask, range(200))) == [str(number) for number in range(200)]

    def test_a_large_body_arrives_whole(self, url):
        body = b"x" * 3_000_000
        answer = requests.post(url + "/echo", data=body, headers={"Content-Type": "text/plain"}, timeout=10).json()
        assert (answer["length"], answer["again"]) == (3_000_000, True)


class TestStack:
    def test_it_serves_comes_to_rest_and_restores_the_environment(self, monkeypatch):
        monkeypatch.setenv("AWS_PROFILE", "production")
        before = dict(os.environ)
        with Stack(window_s=0.05) as stack:
            assert requests.get(stack.app_url + "/health", timeout=10).json()["version"]
            assert stack.env.keys() >= VENDOR_VARIABLES
            assert {name: os.environ[name] for name in stack.env} == stack.env
            assert "AWS_PROFILE" not in os.environ  # nothing here may ever reach a real account
            for name in ("due", "sweep", "refresh"):
                stack.run_schedule(name)
            stack.wait_idle(30)
            secret = boto3.client("secretsmanager").get_secret_value(SecretId=stack.env["SYNC_SECRET_ID"])
            assert json.loads(secret["SecretString"]) == stack.secret
        assert dict(os.environ) == before
        assert not stack.ministack.runs()
        with pytest.raises(requests.ConnectionError):
            requests.get(stack.app_url + "/health", timeout=10)

    def test_one_after_the_other_on_one_embedded_aws(self):
        """The second stack finds nothing of the first."""
        ministack = aws.Ministack()
        try:
            ministack.start()
            for number in range(2):
                with Stack(ministack=ministack, window_s=0.05) as stack:
                    dynamodb = boto3.client("dynamodb")
                    assert dynamodb.scan(TableName=stack.env["SYNC_TABLE"])["Count"] == 0
                    item = {"pk": {"S": f"left behind {number}"}, "sk": {"S": "row"}}
                    dynamodb.put_item(TableName=stack.env["SYNC_TABLE"], Item=item)
                assert ministack.runs()
        finally:
            ministack.stop()

    def test_a_wait_that_ends_too_early_says_what_is_left(self):
        with Stack(window_s=0.05) as stack:
            sqs = boto3.client("sqs")
            sqs.send_message(QueueUrl=stack.env["JOBS_QUEUE_URL"], MessageBody="{}", DelaySeconds=600)
            with pytest.raises(TimeoutError, match="1 in the queue of hqsync-local-worker"):
                stack.wait_idle(0.2)


def up(*arguments, **settings):
    command = [sys.executable, "-m", "local", "up", *arguments]
    return subprocess.Popen(
        command, cwd=package.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings
    )


@pytest.mark.slow
@pytest.mark.skipif(STACK_FILE.exists(), reason="a stack of yours runs in this checkout")
class TestCommand:
    @pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
    def test_it_says_when_it_is_ready_and_stops_cleanly(self, sign):
        process = up("--port", "0")
        try:
            ready = json.loads(process.stdout.readline())
            assert ready.keys() == {"ready", "app", "hubspot", "quickbooks", "aws"}
            assert requests.get(ready["app"] + "/health", timeout=10).status_code == 200
            written = json.loads(STACK_FILE.read_text())
            assert written["pid"] == process.pid
            assert written["env"]["AWS_ENDPOINT_URL"] == written["aws"] == ready["aws"]
            tokens = Path(written["tokens"])
            assert stat.S_IMODE(tokens.stat().st_mode) == 0o600
            assert json.loads(tokens.read_text()).keys() == {"hubspot", "quickbooks"}
        finally:
            process.send_signal(sign)
            rest, errors = process.communicate(timeout=60)
        assert (process.returncode, rest) == (0, ""), errors
        assert not STACK_FILE.exists()
        assert not tokens.exists()
        with pytest.raises(requests.ConnectionError):
            requests.get(ready["aws"], timeout=10)

    def test_a_server_already_running_replaces_an_imitation(self):
        process = up("--port", "0", "--hubspot-url", "http://127.0.0.1:9/", "--quickbooks-url", "http://127.0.0.1:9")
        try:
            ready = json.loads(process.stdout.readline())
            env = json.loads(STACK_FILE.read_text())["env"]
        finally:
            process.terminate()
            process.communicate(timeout=60)
        assert (ready["hubspot"], ready["quickbooks"]) == ("http://127.0.0.1:9", "http://127.0.0.1:9")
        assert env["HUBSPOT_AUTHORIZE_URL"] == "http://127.0.0.1:9/oauth/authorize"
        assert env["QUICKBOOKS_REVOKE_URL"] == "http://127.0.0.1:9/v2/oauth2/tokens/revoke"

    def test_a_taken_port_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            process = up("--port", str(taken.getsockname()[1]))
            _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "in use" in errors

    def test_a_file_without_all_credentials_is_told(self, tmp_path):
        file = tmp_path / "secret.json"
        file.write_text(json.dumps({"hubspot_client_id": "an id"}))
        process = up("--secret", str(file))
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "lacks hubspot_app_id, hubspot_client_secret, quickbooks_client_id" in errors
