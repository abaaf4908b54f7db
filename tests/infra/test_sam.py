"""The small transform of the deployment test does to our template what AWS's own does."""

from __future__ import annotations

import json

from tests.infra import sam


def expanded(template):
    return sam.expand(template, "packages", "deployment.zip")


def test_nothing_serverless_is_left(template):
    plain = expanded(template)
    assert "Transform" not in plain
    assert "AWS::Serverless" not in json.dumps(plain)


def test_a_function_gets_its_code_its_environment_and_the_shared_one(template):
    worker = expanded(template)["Resources"]["Worker"]["Properties"]
    assert worker["Code"] == {"S3Bucket": "packages", "S3Key": "deployment.zip"}
    assert worker["Environment"]["Variables"]["STAGE"] == "prod"
    assert worker["Environment"]["Variables"]["SYNC_TABLE"] == {"Ref": "SyncTable"}
    assert worker["LoggingConfig"]["LogFormat"] == "JSON"


def test_a_queue_becomes_a_mapping_with_every_setting(template):
    mapping = expanded(template)["Resources"]["WorkerWorkerSqsEventSource"]
    assert mapping == {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "BatchSize": 100,
            "EventSourceArn": {"Fn::GetAtt": ["JobsQueue", "Arn"]},
            "FunctionName": {"Ref": "Worker"},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "MaximumBatchingWindowInSeconds": 1,
            "ScalingConfig": {"MaximumConcurrency": 5},
        },
    }


def test_a_schedule_becomes_a_rule_that_may_call(template):
    resources = expanded(template)["Resources"]
    assert resources["DueDueEvent"]["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    permission = resources["DueDueEventPermission"]["Properties"]
    assert permission["SourceArn"] == {"Fn::GetAtt": ["DueDueEvent", "Arn"]}


def test_the_api_gets_a_stage_with_its_settings(template):
    resources = expanded(template)["Resources"]
    stage = resources["RestAPIStage"]["Properties"]
    assert stage["StageName"] == "api"
    assert stage["MethodSettings"]
    assert stage["AccessLogSetting"]
    assert "/health" in resources["RestAPI"]["Properties"]["Body"]["paths"]
