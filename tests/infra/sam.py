"""Turn the serverless resources of our template into plain CloudFormation, as AWS's transform does it.

Only what Chalice writes for us: functions with a queue or a schedule, and one REST API with its body. ministack needs
AWS's own translator for this, which cannot live beside the pydantic that we ship (docs/decisions/0002).
"""

from __future__ import annotations

import copy
from typing import Any

Resource = dict[str, Any]
STAGE_KEYS = ("AccessLogSetting", "MethodSettings", "TracingEnabled", "Variables")


def expand(template: dict[str, Any], bucket: str, key: str) -> dict[str, Any]:
    """The template without `Transform` and `Globals`; the functions' code is in this bucket, under this key."""
    shared = template.get("Globals", {}).get("Function", {})
    resources: dict[str, Resource] = {}
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            resources |= _function(name, resource["Properties"], shared, {"S3Bucket": bucket, "S3Key": key})
        elif resource["Type"] == "AWS::Serverless::Api":
            resources |= _api(name, resource["Properties"])
        else:
            resources[name] = resource
    rest = {section: value for section, value in template.items() if section not in {"Transform", "Globals"}}
    return {**_with_stage(rest, template), "Resources": _with_stage(resources, template)}


def _function(name: str, properties: dict[str, Any], shared: dict[str, Any], code: dict[str, str]) -> Resource:
    made = copy.deepcopy({**shared, **properties})
    made["Code"] = code
    del made["CodeUri"]
    variables = {part: _variables(source) for part, source in (("shared", shared), ("own", properties))}
    made["Environment"] = {"Variables": {**variables["shared"], **variables["own"]}}
    made["Tags"] = [{"Key": key, "Value": value} for key, value in made.pop("Tags", {}).items()]
    made["TracingConfig"] = {"Mode": made.pop("Tracing", "PassThrough")}
    events = made.pop("Events", {})
    resources: dict[str, Resource] = {name: {"Type": "AWS::Lambda::Function", "Properties": made}}
    for event_name, event in events.items():
        make = {"SQS": _queue, "Schedule": _schedule}[event["Type"]]
        resources |= make(name, name + event_name, dict(event["Properties"]))
    return resources


def _variables(source: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = source.get("Environment", {}).get("Variables", {})
    return found


def _queue(function: str, name: str, event: dict[str, Any]) -> Resource:
    source = {"EventSourceArn": event.pop("Queue"), "FunctionName": {"Ref": function}, **event}
    return {name: {"Type": "AWS::Lambda::EventSourceMapping", "Properties": source}}


def _schedule(function: str, name: str, event: dict[str, Any]) -> Resource:
    arn = {"Fn::GetAtt": [function, "Arn"]}
    rule = {"ScheduleExpression": event["Schedule"], "Targets": [{"Arn": arn, "Id": name + "LambdaTarget"}]}
    permission = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Ref": function},
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": [name, "Arn"]},
    }
    return {
        name: {"Type": "AWS::Events::Rule", "Properties": rule},
        name + "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
    }


def _api(name: str, properties: dict[str, Any]) -> Resource:
    api = {
        "Name": properties["Name"],
        "Body": properties["DefinitionBody"],
        "EndpointConfiguration": {"Types": [properties["EndpointConfiguration"]]},
    }
    if "MinimumCompressionSize" in properties:
        api["MinimumCompressionSize"] = properties["MinimumCompressionSize"]
    stage = {key: properties[key] for key in STAGE_KEYS if key in properties}
    stage |= {"RestApiId": {"Ref": name}, "DeploymentId": {"Ref": name + "Deployment"}}
    stage["StageName"] = properties["StageName"]
    return {
        name: {"Type": "AWS::ApiGateway::RestApi", "Properties": api},
        name + "Deployment": {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": name}}},
        name + "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
    }


def _with_stage(value: Any, template: dict[str, Any]) -> Any:
    """`RestAPI.Stage` is the transform's own word for the stage that it makes."""
    if isinstance(value, list):
        return [_with_stage(item, template) for item in value]
    if not isinstance(value, dict):
        return value
    stage = value.get("Ref")
    if isinstance(stage, str) and stage.endswith(".Stage") and stage.removesuffix(".Stage") in template["Resources"]:
        return {"Ref": stage.replace(".Stage", "Stage")}
    return {key: _with_stage(item, template) for key, item in value.items()}
