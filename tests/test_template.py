"""What template.yaml must keep to: least permission, an end for everything, nothing lost, routes that are served."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from local.routes import Router
from local.sources import Route
from tests.deployed import (
    FUNCTIONS,
    GLOBALS,
    LOGS,
    QUEUES,
    RESOURCES,
    ROOT,
    TABLES,
    TEMPLATE,
    actions_on,
    as_list,
    events,
    grants,
    may,
    named,
    of_type,
    statements,
    with_events,
)
from ventanilla.settings import Settings

TWO_WEEKS = 14 * 24 * 3600

each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_table = pytest.mark.parametrize("name", TABLES)


def setting(name: str, key: str) -> Any:
    return FUNCTIONS[name].get(key, GLOBALS.get(key))


def environment(name: str) -> dict[str, Any]:
    own = FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    return {**GLOBALS["Environment"]["Variables"], **own}


def folder(name: str) -> Path:
    return ROOT / str(FUNCTIONS[name]["CodeUri"])


def application(name: str) -> Any:
    return import_module(".".join([*folder(name).relative_to(ROOT).parts, "app"]))


class TestParameters:
    def test_no_default_opens_the_portal_of_walk_throughs(self) -> None:
        assert "demo" not in TEMPLATE["Parameters"]["Portals"]["Default"].split(",")

    def test_every_portal_that_is_open_by_default_has_a_file(self) -> None:
        for portal in TEMPLATE["Parameters"]["Portals"]["Default"].split(","):
            assert (ROOT / "portals" / f"{portal}.toml").is_file()

    @pytest.mark.parametrize("name", ["BaseUrl", "MailFrom"])
    def test_what_only_the_operator_knows_has_no_default(self, name: str) -> None:
        assert "Default" not in TEMPLATE["Parameters"][name]

    @pytest.mark.parametrize(
        "url", ["http://portal.gob.ec", "https://portal.gob.ec/", "https://portal.gob.ec?x=1", "portal.gob.ec"]
    )
    def test_the_public_address_is_https_and_has_no_path(self, url: str) -> None:
        pattern = TEMPLATE["Parameters"]["BaseUrl"]["AllowedPattern"]
        assert re.fullmatch(pattern, "https://portal.gob.ec")
        assert not re.fullmatch(pattern, url)

    def test_the_usual_installation_is_arm64_with_logs_of_ninety_days_and_without_snapshots(self) -> None:
        names = ("Stage", "Architecture", "LogRetentionDays", "SnapStart")
        assert [TEMPLATE["Parameters"][name]["Default"] for name in names] == ["dev", "arm64", 90, "None"]


class TestPermissions:
    @each_function
    def test_no_action_has_a_wildcard(self, name: str) -> None:
        for statement in statements(name):
            assert statement["Effect"] == "Allow"
            for action in as_list(statement["Action"]):
                assert re.fullmatch(r"[a-z]+:[A-Za-z]+", action), action

    @each_function
    def test_every_resource_is_one_of_the_template_but_for_the_senders_identity(self, name: str) -> None:
        for statement in statements(name):
            for resource in as_list(statement["Resource"]):
                assert isinstance(resource, dict), resource
                target = named(resource)
                if target.endswith(":identity/*"):
                    # SES may check the address or a domain above it, whose name is not known here
                    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
                else:
                    assert "*" not in target
                    assert re.sub(r"^\$\{(\w+)\.Arn\}.*", r"\1", target) in RESOURCES

    @each_function
    def test_policies_are_written_here(self, name: str) -> None:
        # a name (AmazonDynamoDBFullAccess) or a SAM policy template would bring more than what is used
        for policy in FUNCTIONS[name].get("Policies", []):
            assert set(policy) == {"Version", "Statement"}

    @pytest.mark.parametrize("name", sorted({*with_events("SQS"), *with_events("DynamoDB")}))
    def test_who_is_driven_by_a_queue_or_stream_has_a_role_without_managed_policies(self, name: str) -> None:
        # those that SAM attaches read every queue and stream of the AWS account
        role = RESOURCES[named(FUNCTIONS[name]["Role"])]["Properties"]
        assert "ManagedPolicyArns" not in role
        assert [item["Principal"] for item in role["AssumeRolePolicyDocument"]["Statement"]] == [
            {"Service": "lambda.amazonaws.com"}
        ]
        assert grants(name, "logs:PutLogEvents") == {named(FUNCTIONS[name]["LoggingConfig"]["LogGroup"])}

    def test_no_role_is_shared(self) -> None:
        roles = [named(item["Role"]) for item in FUNCTIONS.values() if "Role" in item]
        assert sorted(roles) == sorted(of_type("AWS::IAM::Role"))

    def test_the_public_function_may_nothing(self) -> None:
        assert statements("PublicFunction") == []

    def test_who_registers_reads_no_account(self) -> None:
        assert actions_on("RegisterFunction", "AccountsTable") == set()
        assert actions_on("RegisterFunction", "ApplicationsTable") == {"dynamodb:PutItem"}

    def test_only_who_makes_or_checks_tokens_reads_their_secret(self) -> None:
        assert may("secretsmanager:GetSecretValue") == {
            "VerifyFunction",
            "SessionFunction",
            "ResetFunction",
            "MailFunction",
        }

    def test_only_the_mail_function_sends_mail(self) -> None:
        assert may("ses:SendEmail") == may("ses:SendRawEmail") == {"MailFunction"}

    def test_only_relay_and_requeue_put_messages_into_queues(self) -> None:
        assert may("sqs:SendMessage") == {"RelayFunction", "RequeueFunction"}

    def test_nothing_deletes_a_notification(self) -> None:
        assert may("dynamodb:DeleteItem", "NotificationsTable") == set()

    def test_no_function_changes_institutions(self) -> None:
        for name in FUNCTIONS:
            assert actions_on(name, "InstitutionsTable") <= {"dynamodb:GetItem", "dynamodb:BatchGetItem"}

    def test_only_the_schedule_reads_a_whole_table_and_only_the_outbox(self) -> None:
        assert may("dynamodb:Scan") == {"RequeueFunction"}
        assert grants("RequeueFunction", "dynamodb:Scan") == {"OutboxTable"}


class TestFunctions:
    @each_function
    def test_the_handler_is_there(self, name: str) -> None:
        module, attribute = FUNCTIONS[name]["Handler"].split(".")
        assert (folder(name) / f"{module}.py").is_file()
        assert callable(getattr(application(name), attribute))

    @each_function
    def test_who_answers_http_exposes_the_resolver_and_the_others_a_handler(self, name: str) -> None:
        assert FUNCTIONS[name]["Handler"] == ("app.app" if events(name, "HttpApi") else "app.handler")

    def test_every_folder_is_deployed_once(self) -> None:
        folders = sorted(path.parent for path in (ROOT / "functions").glob("*/app.py"))
        assert sorted(folder(name) for name in FUNCTIONS) == folders

    @each_function
    def test_its_code_is_taken_as_it_is_and_the_layer_carries_the_rest(self, name: str) -> None:
        assert RESOURCES[name]["Metadata"] == {"SkipBuild": True}
        assert GLOBALS["Layers"] == [{"Ref": "CommonLayer"}]
        assert "Layers" not in FUNCTIONS[name]

    @each_function
    def test_memory_and_timeout(self, name: str) -> None:
        small = {"RelayFunction", "FeedFunction", "RequeueFunction"}
        long = {
            "MailFunction": 60,
            "RelayFunction": 60,
            "FeedFunction": 60,
            "ReleaseFunction": 60,
            "RequeueFunction": 120,
        }
        assert setting(name, "MemorySize") == (512 if name in small else 1024)
        assert setting(name, "Timeout") == long.get(name, 10)

    @each_function
    def test_its_environment_is_what_the_settings_read(self, name: str) -> None:
        read = Settings.from_environment(dict.fromkeys(environment(name), "x") | {"AWS_REGION": "us-east-1"})
        queues = {read.urgent_queue, read.bulk_queue, read.release_queue, read.feed_queue}
        assert queues == ({"x"} if name in {"RelayFunction", "MailFunction", "RequeueFunction"} else {None})

    @each_function
    def test_variables_name_what_they_say(self, name: str) -> None:
        for key, value in environment(name).items():
            if key.endswith(("_TABLE", "_QUEUE", "_SECRET")):
                assert value == {"Ref": key.title().replace("_", "")}

    @each_function
    def test_a_change_of_the_layer_makes_a_new_version(self, name: str) -> None:
        # by default SAM makes one for the function's own code only, and the alias would stay with the old layer
        assert setting(name, "AutoPublishAlias") == "live"
        assert setting(name, "AutoPublishAliasAllProperties") is True
        assert setting(name, "SnapStart") == {"ApplyOn": {"Ref": "SnapStart"}}
        assert RESOURCES["CommonLayer"]["Properties"]["PublishLambdaVersion"] is True


class TestLogs:
    @pytest.mark.parametrize("name", LOGS)
    def test_every_log_ends(self, name: str) -> None:
        assert LOGS[name]["RetentionInDays"] == {"Ref": "LogRetentionDays"}

    def test_every_function_has_a_log_of_its_own(self) -> None:
        used = [named(item["LoggingConfig"]["LogGroup"]) for item in FUNCTIONS.values()]
        assert sorted([*used, "ApiLogs"]) == sorted(LOGS)

    def test_the_access_log_names_nobody(self) -> None:
        settings = RESOURCES["Api"]["Properties"]["AccessLogSettings"]
        assert settings["DestinationArn"] == {"Fn::GetAtt": ["ApiLogs", "Arn"]}
        # the path, the query, the body and every header are left out
        assert set(json.loads(settings["Format"]).values()) == {
            "$context.requestTime",
            "$context.requestId",
            "$context.identity.sourceIp",
            "$context.httpMethod",
            "$context.routeKey",
            "$context.status",
            "$context.responseLength",
            "$context.responseLatency",
            "$context.integrationErrorMessage",
        }


class TestHttp:
    @staticmethod
    def declared() -> list[Route]:
        return [
            Route(name, event.get("Method", "ANY"), event.get("Path", "$default"))
            for name in FUNCTIONS
            for event in events(name, "HttpApi")
        ]

    @staticmethod
    def served(name: str) -> set[tuple[str, str]]:
        """The resolver's own routes, with the gateway's brackets."""
        app = application(name).app
        routes = [*app._static_routes, *app._dynamic_routes]
        return {(route.method, route.path.replace("<", "{").replace(">", "}")) for route in routes}

    @pytest.mark.parametrize("name", with_events("HttpApi"))
    def test_every_route_of_the_template_is_served_by_its_function(self, name: str) -> None:
        wanted = {(route.method, route.path) for route in self.declared() if route.function == name}
        assert wanted - {("ANY", "$default")} <= self.served(name)

    @pytest.mark.parametrize("name", with_events("HttpApi"))
    def test_every_route_of_a_function_reaches_it_through_the_gateway(self, name: str) -> None:
        router = Router(self.declared())
        for method, path in self.served(name):
            match = router.match(method, path)
            assert match is not None
            assert (match.route.function, match.route.path != "$default") == (name, True), f"{method} {path}"

    def test_no_route_is_declared_twice(self) -> None:
        keys = [route.key for route in self.declared()]
        assert len(keys) == len(set(keys))

    def test_what_no_route_takes_goes_to_the_public_function(self) -> None:
        assert [route.function for route in self.declared() if route.path == "$default"] == ["PublicFunction"]

    def test_calls_are_throttled(self) -> None:
        limits = RESOURCES["Api"]["Properties"]["DefaultRouteSettings"]
        assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 1000

    def test_no_other_origin_is_allowed(self) -> None:
        assert "CorsConfiguration" not in RESOURCES["Api"]["Properties"]
        assert "HttpApi" not in TEMPLATE["Globals"]

    def test_all_routes_belong_to_the_one_api(self) -> None:
        apis = [event["ApiId"] for name in FUNCTIONS for event in events(name, "HttpApi")]
        assert list(of_type("AWS::Serverless::HttpApi")) == ["Api"]
        assert all(api == {"Ref": "Api"} for api in apis)


CONSUMERS = [(name, named(event["Queue"]), event) for name in FUNCTIONS for event in events(name, "SQS")]
STREAMS = [(named(event["Stream"]), event) for name in FUNCTIONS for event in events(name, "DynamoDB")]
DEAD_LETTERS = {name for name in QUEUES if name.endswith("DeadLetters")}


class TestAsynchronous:
    def test_every_function_that_nobody_waits_for_has_a_place_for_what_fails(self) -> None:
        for name in with_events("Schedule"):
            assert named(FUNCTIONS[name]["DeadLetterQueue"]["TargetArn"]) in DEAD_LETTERS
        waiting = {*with_events("HttpApi"), *with_events("SQS"), *with_events("DynamoDB"), *with_events("Schedule")}
        assert waiting == set(FUNCTIONS)

    def test_every_queue_has_a_dead_letter_queue_of_its_own(self) -> None:
        received = {"UrgentQueue": 8, "BulkQueue": 8, "ReleaseQueue": 5, "FeedQueue": 5}
        assert QUEUES.keys() - DEAD_LETTERS == received.keys()
        for name, count in received.items():
            redrive = QUEUES[name]["RedrivePolicy"]
            assert named(redrive["deadLetterTargetArn"]) == f"{name}DeadLetters"
            assert redrive["maxReceiveCount"] == count
            assert QUEUES[name].get("FifoQueue") == QUEUES[f"{name}DeadLetters"].get("FifoQueue")

    @pytest.mark.parametrize("name", sorted(DEAD_LETTERS))
    def test_dead_letters_stay_for_two_weeks_and_ring(self, name: str) -> None:
        assert QUEUES[name]["MessageRetentionPeriod"] == TWO_WEEKS
        metrics = RESOURCES["DeadLettersAlarm"]["Properties"]["Metrics"]
        watched = {
            item["Id"]: named(item["MetricStat"]["Metric"]["Dimensions"][0]["Value"])
            for item in metrics
            if "MetricStat" in item
        }
        [total] = [item["Expression"] for item in metrics if "Expression" in item]
        assert name in watched.values()
        assert set(total.split(" + ")) == set(watched)

    @pytest.mark.parametrize("name", QUEUES)
    def test_queues_are_encrypted(self, name: str) -> None:
        assert QUEUES[name]["SqsManagedSseEnabled"] is True

    def test_every_queue_is_consumed_once_and_read_by_nobody_else(self) -> None:
        assert may("sqs:ReceiveMessage") == may("sqs:DeleteMessage") == {name for name, _, _ in CONSUMERS}
        assert sorted(queue for _, queue, _ in CONSUMERS) == sorted(QUEUES.keys() - DEAD_LETTERS)

    @pytest.mark.parametrize(("name", "queue", "event"), CONSUMERS)
    def test_a_message_stays_hidden_for_six_times_the_timeout(self, name: str, queue: str, event: Any) -> None:
        assert QUEUES[queue]["VisibilityTimeout"] >= 6 * setting(name, "Timeout")
        assert grants(name, "sqs:ReceiveMessage") == {mine for who, mine, _ in CONSUMERS if who == name}

    @pytest.mark.parametrize(("name", "queue", "event"), CONSUMERS)
    def test_one_failed_message_does_not_return_the_others(self, name: str, queue: str, event: Any) -> None:
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]

    def test_urgent_and_bulk_mails_have_their_own_share(self) -> None:
        shares = {
            queue: event["ScalingConfig"]["MaximumConcurrency"]
            for name, queue, event in CONSUMERS
            if name == "MailFunction"
        }
        assert shares == {"UrgentQueue": 10, "BulkQueue": 5}

    def test_institutions_feeds_are_in_order(self) -> None:
        assert QUEUES["FeedQueue"]["FifoQueue"] is True
        assert QUEUES["FeedQueue"]["ContentBasedDeduplication"] is True

    @pytest.mark.parametrize(("table", "event"), STREAMS)
    def test_a_stream_is_not_held_up_by_one_record(self, table: str, event: Any) -> None:
        assert event["BisectBatchOnFunctionError"] is True
        assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 0 < event["MaximumRetryAttempts"] <= 100
        assert named(event["DestinationConfig"]["OnFailure"]["Destination"]) == "RelayDeadLetters"
        assert "RelayDeadLetters" in grants("RelayFunction", "sqs:SendMessage")

    def test_the_relay_gets_what_is_new_and_of_notifications_only_their_own_entries(self) -> None:
        patterns = {
            table: [json.loads(item["Pattern"]) for item in event["FilterCriteria"]["Filters"]]
            for table, event in STREAMS
        }
        assert patterns == {
            "OutboxTable": [{"eventName": ["INSERT"]}],
            "NotificationsTable": [{"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "n#"}]}}}}],
        }

    def test_what_is_unsent_is_queued_again_every_five_minutes(self) -> None:
        assert events("RequeueFunction", "Schedule") == [{"Schedule": "rate(5 minutes)"}]


class TestData:
    def test_the_tables(self) -> None:
        names = ("Accounts", "Applications", "Tokens", "Institutions", "Outbox", "Notifications")
        assert list(TABLES) == [f"{name}Table" for name in names]

    @pytest.mark.parametrize("name", [*TABLES, "TokenSecret"])
    def test_data_outlives_the_stack(self, name: str) -> None:
        assert RESOURCES[name]["DeletionPolicy"] == RESOURCES[name]["UpdateReplacePolicy"] == "Retain"

    @each_table
    def test_a_table_is_restorable_encrypted_paid_by_use_and_tidied_up(self, name: str) -> None:
        table = TABLES[name]
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}

    @each_table
    def test_every_key_is_pk_and_sk(self, name: str) -> None:
        assert TABLES[name]["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        assert {item["AttributeType"] for item in TABLES[name]["AttributeDefinitions"]} == {"S"}

    @each_table
    def test_only_what_the_relay_reads_has_a_stream(self, name: str) -> None:
        streams = {"OutboxTable", "NotificationsTable"}
        assert TABLES[name].get("StreamSpecification") == ({"StreamViewType": "NEW_IMAGE"} if name in streams else None)
        assert grants("RelayFunction", "dynamodb:GetRecords") == streams

    def test_the_unread_are_found_by_a_local_index(self) -> None:
        [index] = TABLES["NotificationsTable"]["LocalSecondaryIndexes"]
        assert index["IndexName"] == "unread"
        assert [item["AttributeName"] for item in index["KeySchema"]] == ["pk", "unread_key"]
        assert index["Projection"] == {"ProjectionType": "ALL"}
        assert may("dynamodb:Query", "${NotificationsTable.Arn}/index/unread") == {"InboxFunction"}

    def test_the_secret_is_made_by_aws_and_is_long(self) -> None:
        made = RESOURCES["TokenSecret"]["Properties"]["GenerateSecretString"]
        assert json.loads(made["SecretStringTemplate"]) == {"current": made["GenerateStringKey"]}
        assert made["PasswordLength"] >= 64
