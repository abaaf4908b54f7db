"""What no linter says about the template, and what would hurt in production if it were wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.telemetry import METRICS, NAMESPACE, SERVICE

FUNCTIONS = {"APIHandler", "Worker", "DeadLetters", "Due", "Sweep", "Refresh", "Keeper"}
ENVIRONMENT = {
    "SYNC_TABLE",
    "JOBS_QUEUE_URL",
    "GRANTS_QUEUE_URL",
    "DATA_KEY_ID",
    "SYNC_SECRET_ID",
    "PUBLIC_URL",
    "HUBSPOT_API_URL",
    "HUBSPOT_AUTHORIZE_URL",
    "QUICKBOOKS_API_URL",
    "QUICKBOOKS_AUTHORIZE_URL",
    "QUICKBOOKS_TOKEN_URL",
    "QUICKBOOKS_REVOKE_URL",
}
CONSUMERS = [("Worker", "JobsQueue"), ("DeadLetters", "JobsDlq"), ("Keeper", "GrantsQueue")]


def functions(resources: dict[str, Any]) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def source(resources: dict[str, Any], function: str) -> dict[str, Any]:
    return resources[function]["Properties"]["Events"][f"{function}SqsEventSource"]["Properties"]


def statements(resources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement


def test_every_entry_of_the_map_is_a_function(resources):
    """A handler in app.py that the template lacks would never be woken."""
    assert functions(resources).keys() == FUNCTIONS


def test_a_job_that_keeps_failing_ends_in_the_dead_letter_queue(resources):
    redrive = resources["JobsQueue"]["Properties"]["RedrivePolicy"]
    assert redrive == {"deadLetterTargetArn": {"Fn::GetAtt": ["JobsDlq", "Arn"]}, "maxReceiveCount": 5}
    assert resources["JobsDlq"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400


@pytest.mark.parametrize(("function", "queue"), CONSUMERS)
def test_a_consumer_reads_its_own_queue_and_may_answer_in_parts(resources, function, queue):
    mapping = source(resources, function)
    assert mapping["Queue"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("function", ["Worker", "DeadLetters"])
def test_a_large_batch_has_a_window(resources, function):
    """AWS refuses a batch above 10 with a window of 0, and neither cfn-lint nor ministack says so."""
    mapping = source(resources, function)
    assert mapping["BatchSize"] <= 10 or mapping["MaximumBatchingWindowInSeconds"] > 0


@pytest.mark.parametrize(("function", "queue"), CONSUMERS)
def test_a_message_stays_invisible_for_six_time_outs(resources, function, queue):
    visibility = resources[queue]["Properties"]["VisibilityTimeout"]
    assert visibility >= 6 * resources[function]["Properties"]["Timeout"]


def test_the_worker_is_sized_for_a_hundred_jobs(resources):
    worker = resources["Worker"]["Properties"]
    assert (worker["Timeout"], worker["MemorySize"]) == (120, 1024)
    assert source(resources, "Worker")["BatchSize"] == 100


def test_messages_and_records_are_encrypted(resources):
    assert resources["JobsQueue"]["Properties"]["SqsManagedSseEnabled"]
    assert resources["JobsDlq"]["Properties"]["SqsManagedSseEnabled"]
    encryption = resources["SyncTable"]["Properties"]["SSESpecification"]
    assert encryption["KMSMasterKeyId"] == {"Fn::GetAtt": ["DataKey", "Arn"]}
    assert resources["DataKey"]["Properties"]["EnableKeyRotation"]


def test_what_is_remembered_survives_mistakes(resources):
    """Deleting the stack, or replacing a resource, must not delete the links between two books."""
    for name in ("SyncTable", "DataKey", "AppSecret"):
        assert resources[name]["DeletionPolicy"] == "Retain"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
    table = resources["SyncTable"]["Properties"]
    assert table["DeletionProtectionEnabled"]
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]


def test_the_table_expires_rows_and_lists_states(resources):
    table = resources["SyncTable"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "expires_at"}
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "states"
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["state_key", "state_at"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_every_function_has_a_role_of_its_own(resources):
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions(resources).values()]
    assert len(set(roles)) == len(FUNCTIONS)


def test_no_role_may_do_anything_it_likes(resources):
    """No wildcard among actions; all resources only where AWS knows no others (X-Ray)."""
    for role, statement in statements(resources):
        for action in statement["Action"]:
            assert "*" not in action, role
        if statement["Resource"] == "*":
            assert all(action.startswith("xray:") for action in statement["Action"]), role


def test_only_the_consumers_take_messages(resources):
    taking = {
        role: statement["Resource"]
        for role, statement in statements(resources)
        if "sqs:ReceiveMessage" in statement["Action"]
    }
    assert taking == {
        "WorkerRole": {"Fn::GetAtt": ["JobsQueue", "Arn"]},
        "DeadLettersRole": {"Fn::GetAtt": ["JobsDlq", "Arn"]},
        "KeeperRole": {"Fn::GetAtt": ["GrantsQueue", "Arn"]},
    }


def may(resources, action):
    return {role for role, statement in statements(resources) if action in statement["Action"]}


def test_only_the_keeper_and_the_routes_hold_the_apps_credentials(resources):
    """The workers use tokens and cannot fetch, seal or renew any."""
    assert may(resources, "secretsmanager:GetSecretValue") == {"ApiHandlerRole", "KeeperRole"}
    assert may(resources, "kms:Encrypt") == {"ApiHandlerRole", "KeeperRole"}


def test_the_keeper_can_wait_for_the_slowest_answer(resources):
    """A renewal at Intuit may take two minutes, and is begun only where they are left (design D7)."""
    assert resources["Keeper"]["Properties"]["Timeout"] >= 2 * 130
    assert source(resources, "Keeper")["BatchSize"] == 1


def test_an_errand_that_keeps_failing_does_not_come_again_for_ever(resources):
    redrive = resources["GrantsQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["JobsDlq", "Arn"]}


@pytest.mark.parametrize("metric", ["ReconnectNeeded", "RenewalsFailing", "ReconnectDueSoon", "ReconnectDueNow"])
def test_an_alarm_calls_somebody_who_can_connect_again(resources, metric):
    """The metric is one that the code emits, in its namespace and with its dimension."""
    alarms = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    (alarm,) = [one for one in alarms if one["MetricName"] == metric]
    assert metric in METRICS
    assert alarm["Namespace"] == NAMESPACE
    assert alarm["Dimensions"] == [{"Name": "service", "Value": SERVICE}]
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Sum", 0)


def test_every_function_gets_the_environment(template, resources):
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    assert shared.keys() == ENVIRONMENT
    for properties in functions(resources).values():
        assert properties["Environment"]["Variables"] == {"STAGE": "prod"}


def test_the_vendors_addresses_are_the_real_ones_by_default(template):
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    assert defaults["HubspotApiUrl"] == "https://api.hubapi.com"
    assert defaults["QuickbooksApiUrl"] == "https://quickbooks.api.intuit.com"
    assert defaults["QuickbooksTokenUrl"] == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"


def test_the_operators_command_finds_what_it_reads(template):
    names = {"SyncTable", "JobsQueueUrl", "GrantsQueueUrl", "JobsDlqUrl", "DataKeyId", "SyncSecretId", "PublicUrl"}
    assert names <= template["Outputs"].keys()


def test_every_log_group_belongs_to_a_function_that_exists(resources):
    """Chalice 1.34 names a resource that does not exist for the API's function; the stack could not be deployed."""
    for name, resource in resources.items():
        if resource["Type"] != "AWS::Logs::LogGroup":
            continue
        assert resource["Properties"]["RetentionInDays"] == 30, name
        log_name = resource["Properties"].get("LogGroupName")
        if log_name:
            owner = log_name["Fn::Sub"].removeprefix("/aws/lambda/${").removesuffix("}")
            assert owner in FUNCTIONS, name


def test_the_api_is_throttled_and_logs_no_bodies(resources):
    api = resources["RestAPI"]["Properties"]
    (settings,) = api["MethodSettings"]
    assert settings["ThrottlingRateLimit"] > 0
    assert settings["ThrottlingBurstLimit"] > 0
    assert settings["DataTraceEnabled"] is False
    assert "body" not in api["AccessLogSetting"]["Format"].lower()


@pytest.mark.parametrize(
    ("alarm", "metric", "queue", "limit"),
    [
        ("DlqDepthAlarm", "ApproximateNumberOfMessagesVisible", "JobsDlq", (0, 1, 60)),
        ("QueueAgeAlarm", "ApproximateAgeOfOldestMessage", "JobsQueue", (900, 5, 60)),
    ],
)
def test_an_alarm_watches_each_queue(resources, alarm, metric, queue, limit):
    properties = resources[alarm]["Properties"]
    assert properties["MetricName"] == metric
    assert properties["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]
    assert (properties["Threshold"], properties["EvaluationPeriods"], properties["Period"]) == limit
