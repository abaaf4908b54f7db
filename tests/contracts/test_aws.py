"""What the sync takes for granted of DynamoDB, SQS, KMS and Secrets Manager, with plain boto3.

The guarantees of the whole system stand on these; an embedded AWS that breaks one would make every other test lie.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

THREADS = 8


def together(function, count=THREADS):
    """Call it from many threads at the same moment."""
    gate = threading.Barrier(count)

    def one(number):
        gate.wait(timeout=10)
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def won(write, **arguments):
    """Whether a conditional write went through."""
    try:
        write(**arguments)
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


class TestDynamoDB:
    @pytest.fixture
    def table(self, made):
        return made.table

    @pytest.fixture
    def key(self):
        return {"pk": {"S": uuid.uuid4().hex}, "sk": {"S": "row"}}

    def test_of_many_who_create_one_row_one_wins(self, dynamodb, table, key):
        """An intent, a link and a reservation of a name are made so."""

        def create(number):
            item = {**key, "owner": {"N": str(number)}}
            return won(dynamodb.put_item, TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")

        winners = together(create)
        assert winners.count(True) == 1
        stored = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        assert int(stored["owner"]["N"]) == winners.index(True)

    def test_of_many_who_saw_one_version_one_writes_the_next(self, dynamodb, table, key):
        """Compare-and-swap: leases, tokens and cursors. Nobody's write is lost."""
        dynamodb.put_item(TableName=table, Item={**key, "version": {"N": "0"}})

        def advance(_number):
            while True:
                seen = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]["version"]["N"]
                swap = {
                    "TableName": table,
                    "Key": key,
                    "UpdateExpression": "SET version = :next",
                    "ConditionExpression": "version = :seen",
                    "ExpressionAttributeValues": {":seen": {"N": seen}, ":next": {"N": str(int(seen) + 1)}},
                }
                if won(dynamodb.update_item, **swap):
                    return int(seen) + 1

        assert sorted(together(advance)) == list(range(1, THREADS + 1))

    def test_a_refused_write_shows_what_is_there(self, dynamodb, table, key):
        """So a loser needs no second read."""
        dynamodb.put_item(TableName=table, Item={**key, "owner": {"S": "first"}})
        with pytest.raises(ClientError) as refused:
            dynamodb.put_item(
                TableName=table,
                Item={**key, "owner": {"S": "second"}},
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        assert refused.value.response["Item"]["owner"] == {"S": "first"}

    def test_a_transaction_is_all_or_nothing_and_names_the_culprit(self, dynamodb, table, key):
        """A link is committed with both of its look-up keys."""
        other = {**key, "sk": {"S": "taken"}}
        dynamodb.put_item(TableName=table, Item={**other, "owner": {"S": "someone"}})
        puts = [
            {
                "Put": {
                    "TableName": table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for item in (key, other)
        ]
        with pytest.raises(ClientError) as cancelled:
            dynamodb.transact_write_items(TransactItems=puts)
        assert cancelled.value.response["Error"]["Code"] == "TransactionCanceledException"
        reasons = cancelled.value.response["CancellationReasons"]
        assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
        assert reasons[1]["Item"]["owner"] == {"S": "someone"}
        assert "Item" not in dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)

    def test_of_many_transactions_over_the_same_rows_one_wins(self, dynamodb, table, key):
        both = [{**key, "sk": {"S": side}} for side in ("hubspot", "quickbooks")]

        def commit(number):
            condition = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
            items = [{"Put": {**condition, "Item": {**row, "owner": {"N": str(number)}}}} for row in both]
            try:
                dynamodb.transact_write_items(TransactItems=items)
            except ClientError as refusal:
                if refusal.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                return False
            return True

        winners = together(commit)
        assert winners.count(True) == 1
        rows = [dynamodb.get_item(TableName=table, Key=row, ConsistentRead=True)["Item"] for row in both]
        assert [int(row["owner"]["N"]) for row in rows] == [winners.index(True)] * 2

    def test_a_condition_on_another_row_guards_a_transaction(self, dynamodb, table, key):
        """Link, state and intent commits carry the lease's generation."""
        lease = {**key, "sk": {"S": "lease"}}
        dynamodb.put_item(TableName=table, Item={**lease, "generation": {"N": "2"}})
        check = {
            "TableName": table,
            "Key": lease,
            "ConditionExpression": "generation = :mine",
            "ExpressionAttributeValues": {":mine": {"N": "1"}},
        }
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            dynamodb.transact_write_items(
                TransactItems=[{"ConditionCheck": check}, {"Put": {"TableName": table, "Item": key}}]
            )
        assert "Item" not in dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)

    def test_counters_lose_no_increment(self, dynamodb, table, key):
        """The budgets and the brake count so."""

        def count(_number):
            for _ in range(10):
                dynamodb.update_item(
                    TableName=table,
                    Key=key,
                    UpdateExpression="ADD calls :one",
                    ExpressionAttributeValues={":one": {"N": "1"}},
                )

        together(count)
        assert dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]["calls"] == {
            "N": str(THREADS * 10)
        }

    def test_a_bounded_counter_stops_at_its_bound(self, dynamodb, table, key):
        """A token bucket and the brake reserve before they act; together they never take more than there is."""

        def take(_number):
            reserve = {
                "TableName": table,
                "Key": key,
                "UpdateExpression": "ADD taken :one",
                "ConditionExpression": "attribute_not_exists(taken) OR taken < :most",
                "ExpressionAttributeValues": {":one": {"N": "1"}, ":most": {"N": "3"}},
            }
            return won(dynamodb.update_item, **reserve)

        assert together(take).count(True) == 3

    def test_a_batch_read_sees_what_was_just_written(self, dynamodb, table, key):
        keys = [{**key, "sk": {"S": str(number)}} for number in range(100)]
        for start in range(0, 100, 25):
            requests = [{"PutRequest": {"Item": item}} for item in keys[start : start + 25]]
            assert not dynamodb.batch_write_item(RequestItems={table: requests})["UnprocessedItems"]
        answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
        assert len(answer["Responses"][table]) == 100
        assert not answer["UnprocessedKeys"]

    def test_more_than_a_hundred_keys_at_once_are_refused(self, dynamodb, table, key):
        keys = [{**key, "sk": {"S": str(number)}} for number in range(101)]
        with pytest.raises(ClientError, match="ValidationException"):
            dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})

    def test_the_index_of_states_is_sparse(self, dynamodb, table, key):
        """A record in sync has no state_key, so it costs the index nothing; keys are all that it shows."""
        state_key = uuid.uuid4().hex
        failing = {"state_key": {"S": state_key}, "state_at": {"S": "2026-11-22T10:00:00Z"}}
        dynamodb.put_item(TableName=table, Item={**key, **failing, "message": {"S": "name taken"}})
        dynamodb.put_item(TableName=table, Item={**key, "sk": {"S": "in sync"}})
        assert self.states(dynamodb, table, state_key) == [{**key, **failing}]
        dynamodb.update_item(TableName=table, Key=key, UpdateExpression="REMOVE state_key, state_at")
        assert self.states(dynamodb, table, state_key) == []

    @staticmethod
    def states(dynamodb, table, state_key):
        return dynamodb.query(
            TableName=table,
            IndexName="states",
            KeyConditionExpression="state_key = :key AND state_at <= :now",
            ExpressionAttributeValues={":key": {"S": state_key}, ":now": {"S": "2026-12-01"}},
        )["Items"]

    def test_a_query_comes_in_order_and_in_pages(self, dynamodb, table, key):
        for number in reversed(range(25)):
            dynamodb.put_item(TableName=table, Item={**key, "sk": {"S": f"decision#{number:03}"}})
        pages = dynamodb.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": key["pk"], ":prefix": {"S": "decision#"}},
            ConsistentRead=True,
            PaginationConfig={"PageSize": 10},
        )
        found = [[item["sk"]["S"] for item in page["Items"]] for page in pages]
        assert [len(page) for page in found] == [10, 10, 5]
        assert list(itertools.chain(*found)) == [f"decision#{number:03}" for number in range(25)]

    def test_rows_expire_by_the_templates_attribute(self, dynamodb, table):
        lifetime = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert lifetime == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


class TestSQS:
    @pytest.fixture
    def queue(self, sqs):
        url = sqs.create_queue(QueueName=uuid.uuid4().hex, Attributes={"VisibilityTimeout": "720"})["QueueUrl"]
        yield url
        sqs.delete_queue(QueueUrl=url)

    @staticmethod
    def receive(sqs, queue, wait_s=0):
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_s, MessageSystemAttributeNames=["All"]
        )
        return answer.get("Messages", [])

    def test_ten_messages_go_out_at_once_each_with_its_group(self, sqs, queue):
        """The group is the connection, for fairness; on a standard queue it orders nothing."""
        entries = [
            {"Id": str(number), "MessageBody": str(number), "MessageGroupId": f"1:{number % 2}"} for number in range(10)
        ]
        answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
        assert len(answer["Successful"]) == 10
        assert not answer.get("Failed")
        received = self.receive(sqs, queue)
        assert sorted(int(message["Body"]) for message in received) == list(range(10))
        assert {message["Attributes"]["MessageGroupId"] for message in received} == {"1:0", "1:1"}

    def test_eleven_messages_at_once_are_refused(self, sqs, queue):
        entries = [{"Id": str(number), "MessageBody": "x"} for number in range(11)]
        with pytest.raises(ClientError, match="TooManyEntriesInBatchRequest"):
            sqs.send_message_batch(QueueUrl=queue, Entries=entries)

    def test_a_message_may_be_late_by_a_quarter_of_an_hour(self, sqs, queue):
        """Who finds a lease taken sends its job again, later. AWS takes 900 s at most; ministack does not mind more."""
        sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
        assert self.receive(sqs, queue) == []
        delayed = "ApproximateNumberOfMessagesDelayed"
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[delayed])["Attributes"]
        assert attributes[delayed] == "1"

    def test_a_delayed_message_comes_when_its_time_has_come(self, sqs, queue):
        sent = time.monotonic()
        sqs.send_message(QueueUrl=queue, MessageBody="soon", DelaySeconds=1)
        (message,) = self.receive(sqs, queue, wait_s=5)
        assert message["Body"] == "soon"
        assert time.monotonic() - sent > 0.9

    def test_what_was_received_is_hidden_until_it_is_let_go(self, sqs, queue):
        sqs.send_message(QueueUrl=queue, MessageBody="job")
        (first,) = self.receive(sqs, queue)
        assert self.receive(sqs, queue) == []
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        (second,) = self.receive(sqs, queue)
        assert second["MessageId"] == first["MessageId"]
        assert second["Attributes"]["ApproximateReceiveCount"] == "2"

    def test_what_was_deleted_does_not_come_back(self, sqs, queue):
        sqs.send_message(QueueUrl=queue, MessageBody="job")
        (message,) = self.receive(sqs, queue)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        assert set(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=counts)["Attributes"].values()) == {"0"}

    def test_only_what_kept_failing_is_given_up(self, sqs, queue):
        """Five receives, then the dead-letter queue; the neighbours that were deleted in time do not follow."""
        dead = sqs.create_queue(QueueName=uuid.uuid4().hex)["QueueUrl"]
        dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 5})
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": redrive})
        sqs.send_message(QueueUrl=queue, MessageBody="poison")
        for turn in range(5):
            sqs.send_message(QueueUrl=queue, MessageBody=f"good {turn}")
            received = self.receive(sqs, queue)
            assert {message["Body"] for message in received} == {"poison", f"good {turn}"}
            for message in received:
                if message["Body"] == "poison":
                    sqs.change_message_visibility(
                        QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                    )
                else:
                    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert self.receive(sqs, queue) == []
        assert [message["Body"] for message in self.receive(sqs, dead, wait_s=2)] == ["poison"]

    def test_the_templates_queue_gives_up_after_five(self, sqs, made):
        attributes = sqs.get_queue_attributes(QueueUrl=made.jobs_url, AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == "720"
        redrive = json.loads(attributes["RedrivePolicy"])
        assert int(redrive["maxReceiveCount"]) == 5
        assert redrive["deadLetterTargetArn"].endswith(made.dlq_url.rsplit("/", 1)[-1])


class TestSecrets:
    def test_a_sealed_token_opens_only_in_its_own_context(self, ministack, made):
        """A token of one company cannot be read as another's, even by who may use the key."""
        kms = ministack.client("kms")
        mine = {"account": "9130350000000000", "side": "quickbooks"}
        sealed = kms.encrypt(KeyId=made.key_id, Plaintext=b"token", EncryptionContext=mine)["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=mine)["Plaintext"] == b"token"
        for wrong in ({**mine, "account": "9130350000000001"}, {}):
            with pytest.raises(ClientError, match="InvalidCiphertext"):
                kms.decrypt(CiphertextBlob=sealed, EncryptionContext=wrong)

    def test_the_apps_credentials_are_where_the_template_says(self, ministack, made):
        value = ministack.client("secretsmanager").get_secret_value(SecretId=made.secret_id)["SecretString"]
        assert json.loads(value) == {"hubspot_client_id": "an id"}
