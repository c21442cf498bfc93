"""What template.yaml must keep to: least permission, an end for everything, nothing lost, routes that are served."""

import json
import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from local.routes import Router
from local.sources import Route
from tests.deployed import (
    BUCKETS,
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
from ventanilla.domain.attachments import DECLARATION_LIFE, UPLOAD_LIFE, read_types
from ventanilla.domain.batches import LIFE
from ventanilla.settings import Settings
from ventanilla.web.request import EDGE_HEADER

MAKERS = {"DocumentsFunction", "ReceiptsFunction"}
"""Who makes documents."""
OPENID = {"OidcFunction", "SignoutFunction"}
"""Who signs ID tokens, or what says that somebody has left."""
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


def may_touch(name: str, bucket: str) -> bool:
    return any(f"${{{bucket}.Arn}}" in text for text in grants(name, "s3:GetObject") | grants(name, "s3:PutObject"))


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
                assert re.fullmatch(r"[a-z0-9]+:[A-Za-z]+", action), action

    @each_function
    def test_every_resource_is_one_of_the_template_but_for_the_senders_identity(self, name: str) -> None:
        for statement in statements(name):
            for resource in as_list(statement["Resource"]):
                assert isinstance(resource, dict), resource
                target = named(resource)
                if target.endswith(":key/*"):
                    # commands make the next keys: those that the two aliases lead to at present
                    assert name in OPENID
                    aliases = {"kms:ResourceAliases": [{"Ref": "OpenidRsaAlias"}, {"Ref": "OpenidEcAlias"}]}
                    assert statement["Condition"] == {"ForAnyValue:StringEquals": aliases}
                elif target.endswith((":identity/*", ":configuration-set/${ConfigurationSet}")):
                    # SES may check the address or a domain above it, whose name is not known here
                    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
                else:
                    # but for the files of a bucket, which have no resource each
                    files = (
                        "${DocumentsBucket.Arn}/applications/*",
                        "${AttachmentsBucket.Arn}/*",
                        "${BatchesBucket.Arn}/*",
                    )
                    assert target in files or "*" not in target
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

    def test_the_public_function_may_nothing_but_sign_captchas(self) -> None:
        [statement] = statements("PublicFunction")
        assert (statement["Action"], statement["Resource"]) == (
            ["secretsmanager:GetSecretValue"],
            {"Ref": "TokenSecret"},
        )

    def test_who_registers_changes_no_account(self) -> None:
        # read for agents and their sessions; that the public's form reads none is seen in test_trips.py
        assert actions_on("RegisterFunction", "AccountsTable") == {"dynamodb:BatchGetItem", "dynamodb:UpdateItem"}
        assert actions_on("RegisterFunction", "ApplicationsTable") == {"dynamodb:PutItem"}

    def test_only_who_makes_or_checks_tokens_reads_their_secret(self) -> None:
        assert may("secretsmanager:GetSecretValue", "TokenSecret") == {
            "PublicFunction",
            "RegisterFunction",
            "ApplyFunction",
            "DocumentsFunction",
            "VerifyFunction",
            "SessionFunction",
            "ResetFunction",
            "MailFunction",
            "OidcFunction",
        }

    def test_only_who_names_accounts_to_other_systems_reads_the_key_of_those_names(self) -> None:
        assert may("secretsmanager:GetSecretValue", "OpenidSecret") == OPENID
        assert {name for name in FUNCTIONS if "OPENID_SECRET" in environment(name)} == OPENID

    def test_only_who_asks_the_identity_registry_reads_our_key_to_it_and_knows_its_address(self) -> None:
        asking = {"RegisterFunction", "ApplyFunction"}
        assert may("secretsmanager:GetSecretValue", "IdentityRegistrySecret") == asking
        assert {name for name in FUNCTIONS if "IDENTITY_REGISTRY_URL" in environment(name)} == asking

    @pytest.mark.parametrize("url", ["http://registry.gob.ec", "https://registry.gob.ec/x?key=1", "https://a b", "x"])
    def test_the_registry_is_asked_over_https_or_not_at_all(self, url: str) -> None:
        parameter = TEMPLATE["Parameters"]["IdentityRegistryUrl"]
        assert parameter["Default"] == ""
        assert re.fullmatch(parameter["AllowedPattern"], "https://registry.gob.ec/v1/identities")
        assert re.fullmatch(parameter["AllowedPattern"], "")
        assert not re.fullmatch(parameter["AllowedPattern"], url)

    def test_only_who_enrols_or_checks_a_second_factor_reads_its_key(self) -> None:
        assert may("secretsmanager:GetSecretValue", "SecondFactorSecret") == {"AccountFunction", "SessionFunction"}

    def test_only_who_signs_for_the_platform_uses_its_key(self) -> None:
        signing = {"ReceiptsFunction", "WebhookFunction"}
        assert may("kms:Sign") == may("kms:GetPublicKey") == signing | OPENID
        assert may("kms:Sign", "SigningKey") == signing
        assert {name for name in FUNCTIONS if "SIGNING_KEY" in environment(name)} == signing

    def test_nothing_deployed_posts_to_the_machine_itself(self) -> None:
        assert "LOOPBACK" not in (ROOT / "template.yaml").read_text(encoding="utf-8")

    @pytest.mark.parametrize("text", ["a b", "a,,b", ",a", "key;drop"])
    def test_former_keys_are_public_parts_with_commas_between(self, text: str) -> None:
        parameter = TEMPLATE["Parameters"]["FormerSigningKeys"]
        assert parameter["Default"] == ""
        assert re.fullmatch(parameter["AllowedPattern"], "MFkw+/Ew==,MFkwEw==")
        assert not re.fullmatch(parameter["AllowedPattern"], text)

    def test_only_the_mail_function_sends_mail(self) -> None:
        assert may("ses:SendEmail") == may("ses:SendRawEmail") == {"MailFunction"}

    def test_only_relay_and_requeue_put_messages_into_queues(self) -> None:
        # but for what one run of a webhook leaves to the next
        assert may("sqs:SendMessage") == {"RelayFunction", "RequeueFunction", "WebhookFunction"}
        assert grants("WebhookFunction", "sqs:SendMessage") == {"WebhookQueue"}

    def test_nothing_deletes_a_notification(self) -> None:
        assert may("dynamodb:DeleteItem", "NotificationsTable") == set()

    def test_institutions_are_changed_by_their_administrators_alone(self) -> None:
        # the others write down that a key was used
        assert may("dynamodb:UpdateItem", "InstitutionsTable") <= {
            "InstitutionsFunction",
            "NotifyFunction",
            "AttachmentsFunction",
            "BatchesFunction",
            "ReceiptsFunction",
            "ApplyFunction",  # an activation that is approved
            "WebhookFunction",  # how far a webhook has come
        }
        assert may("dynamodb:PutItem", "InstitutionsTable") == {"InstitutionsFunction"}
        assert may("dynamodb:DeleteItem", "InstitutionsTable") == set()

    def test_nothing_reads_a_whole_table(self) -> None:
        assert may("dynamodb:Scan") == set()


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
        # what makes and reads PDFs is half of what a function may weigh, and the others need none of it
        assert FUNCTIONS[name].get("Layers", []) == ([{"Ref": "DocumentsLayer"}] if name in MAKERS else [])

    @each_function
    def test_memory_and_timeout(self, name: str) -> None:
        small = {
            "RelayFunction",
            "FeedFunction",
            "FeedbackFunction",
            "RequeueFunction",
            "WebhookFunction",
            "SignoutFunction",
        }
        long = {
            "MailFunction": 60,
            "RelayFunction": 60,
            "FeedFunction": 60,
            "FeedbackFunction": 60,
            "ReleaseFunction": 60,
            "BatchFunction": 300,
            "RequeueFunction": 120,
            "DocumentsFunction": 29,
            "ReceiptsFunction": 29,
            "WebhookFunction": 60,
            "SignoutFunction": 60,
        }
        whole_processor = dict.fromkeys(MAKERS, 1769)
        assert setting(name, "MemorySize") == whole_processor.get(name, 512 if name in small else 1024)
        assert setting(name, "Timeout") == long.get(name, 10)

    @each_function
    def test_its_environment_is_what_the_settings_read(self, name: str) -> None:
        read = Settings.from_environment(dict.fromkeys(environment(name), "x") | {"AWS_REGION": "us-east-1"})
        queues = {read.urgent_queue, read.bulk_queue, read.release_queue, read.feed_queue}
        assert queues == ({"x"} if name in {"RelayFunction", "MailFunction", "RequeueFunction"} else {None})
        assert (read.webhook_queue is not None) == (name in {"RelayFunction", "RequeueFunction", "WebhookFunction"})
        assert (read.signout_queue is not None) == (name in {"RelayFunction", "RequeueFunction"})
        named_keys = {read.openid_secret, read.openid_rsa_alias, read.openid_ec_alias}
        assert named_keys == ({"x"} if name in OPENID else {None})
        assert not read.webhooks_to_loopback
        assert (read.signing_key is not None) == (name in {"ReceiptsFunction", "WebhookFunction"})
        moves = {"RelayFunction", "RequeueFunction", "BatchFunction"}
        assert (read.batch_queue is not None) == (name in moves)
        assert (read.batches_bucket is not None) == may_touch(name, "BatchesBucket")
        assert (read.documents_bucket is not None) == may_touch(name, "DocumentsBucket")
        assert (read.attachments_bucket is not None) == may_touch(name, "AttachmentsBucket")
        assert (read.edge_key is not None) == (name in {"RegisterFunction", "SessionFunction"})
        assert (read.configuration_set is not None) == (name == "MailFunction")
        assert bool(read.attachment_types) == (name == "AttachmentsFunction")

    @each_function
    def test_variables_name_what_they_say(self, name: str) -> None:
        for key, value in environment(name).items():
            if key.endswith(("_TABLE", "_QUEUE", "_SECRET", "_BUCKET")):
                assert value == {"Ref": key.title().replace("_", "")}

    @each_function
    def test_a_change_of_the_layer_makes_a_new_version(self, name: str) -> None:
        # by default SAM makes one for the function's own code only, and the alias would stay with the old layer
        assert setting(name, "AutoPublishAlias") == "live"
        assert setting(name, "AutoPublishAliasAllProperties") is True
        assert setting(name, "SnapStart") == {"ApplyOn": {"Ref": "SnapStart"}}
        for layer in of_type("AWS::Serverless::LayerVersion").values():
            assert layer["PublishLambdaVersion"] is True


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
        received = {
            "UrgentQueue": 8,
            "BulkQueue": 8,
            "ReleaseQueue": 5,
            "FeedQueue": 5,
            "FeedbackQueue": 5,
            "BatchQueue": 5,
        }
        received |= {"WebhookQueue": 5, "SignoutQueue": 5}
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

    def test_what_becomes_of_mails_comes_from_ses_of_this_account_by_one_topic_alone(self) -> None:
        destination = RESOURCES["MailEventsDestination"]
        said = destination["Properties"]
        assert (
            said["ConfigurationSetName"]
            == {"Ref": "ConfigurationSet"}
            == environment("MailFunction")["CONFIGURATION_SET"]
        )
        told = ["send", "delivery", "bounce", "complaint", "reject"]
        assert said["EventDestination"] == {
            "Enabled": True,
            "MatchingEventTypes": told,
            "SnsDestination": {"TopicARN": {"Ref": "MailEventsTopic"}},
        }
        assert destination["DependsOn"] == "MailEventsTopicPolicy"
        [publishes] = RESOURCES["MailEventsTopicPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        assert (publishes["Principal"], publishes["Action"]) == ({"Service": "ses.amazonaws.com"}, "sns:Publish")
        assert publishes["Condition"]["StringEquals"]["AWS:SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert set(publishes["Condition"]["StringEquals"]) == {"AWS:SourceAccount", "AWS:SourceArn"}
        subscription = RESOURCES["MailEventsSubscription"]["Properties"]
        assert (subscription["Protocol"], subscription["RawMessageDelivery"]) == ("sqs", True)
        assert named(subscription["Endpoint"]) == "FeedbackQueue"
        [sends] = RESOURCES["FeedbackQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
        assert (sends["Principal"], sends["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
        assert sends["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "MailEventsTopic"}}}

    def test_institutions_feeds_are_in_order(self) -> None:
        assert QUEUES["FeedQueue"]["FifoQueue"] is True
        assert QUEUES["FeedQueue"]["ContentBasedDeduplication"] is True
        # each institution has a throughput of its own
        assert QUEUES["FeedQueue"]["FifoThroughputLimit"] == "perMessageGroupId"
        assert QUEUES["FeedQueue"]["DeduplicationScope"] == "messageGroup"

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

    @pytest.mark.parametrize(
        "name", [*TABLES, "TokenSecret", "SecondFactorSecret", "IdentityRegistrySecret", "OpenidSecret"]
    )
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
        # the index of the outbox is in the order of time
        numbers = {"due_at"} if name == "OutboxTable" else set()
        definitions = TABLES[name]["AttributeDefinitions"]
        assert {item["AttributeName"] for item in definitions if item["AttributeType"] != "S"} == numbers

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

    def test_documents_are_private_encrypted_and_never_lost(self) -> None:
        bucket = RESOURCES["DocumentsBucket"]
        said = bucket["Properties"]
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
        assert set(said["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(said["PublicAccessBlockConfiguration"]) == 4
        assert said["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert said["VersioningConfiguration"] == {"Status": "Enabled"}
        [encryption] = said["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        [rule] = said["LifecycleConfiguration"]["Rules"]
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        assert not [key for key in rule if "Expiration" in key]

    def test_attachments_are_private_encrypted_and_go_only_where_nothing_uses_them(self) -> None:
        bucket = RESOURCES["AttachmentsBucket"]
        said = bucket["Properties"]
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
        assert said["PublicAccessBlockConfiguration"] == BUCKETS["DocumentsBucket"]["PublicAccessBlockConfiguration"]
        assert said["OwnershipControls"] == BUCKETS["DocumentsBucket"]["OwnershipControls"]
        assert said["BucketEncryption"] == BUCKETS["DocumentsBucket"]["BucketEncryption"]
        assert "VersioningConfiguration" not in said
        incomplete, unused = said["LifecycleConfiguration"]["Rules"]
        assert incomplete["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        assert unused["TagFilters"] == [{"Key": "state", "Value": "unused"}]
        # a declaration that has not ended must find its file
        assert timedelta(days=unused["ExpirationInDays"]) > DECLARATION_LIFE + UPLOAD_LIFE

    def test_files_of_batches_are_private_encrypted_and_go_a_little_after_their_batches(self) -> None:
        bucket = RESOURCES["BatchesBucket"]
        said = bucket["Properties"]
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
        for key in ("PublicAccessBlockConfiguration", "OwnershipControls", "BucketEncryption"):
            assert said[key] == BUCKETS["DocumentsBucket"][key]
        assert "VersioningConfiguration" not in said
        incomplete, done = said["LifecycleConfiguration"]["Rules"]
        assert incomplete["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        assert (timedelta(days=done["ExpirationInDays"]), done["Status"]) == (LIFE + timedelta(days=1), "Enabled")
        assert "Filter" not in done
        assert "TagFilters" not in done

    def test_only_the_platforms_own_pages_upload_and_read_results_from_a_browser(self) -> None:
        for bucket, methods in {"AttachmentsBucket": ["PUT"], "BatchesBucket": ["PUT", "GET"]}.items():
            [rule] = BUCKETS[bucket]["CorsConfiguration"]["CorsRules"]
            assert (rule["AllowedOrigins"], rule["AllowedMethods"]) == ([{"Ref": "BaseUrl"}], methods)

    def test_types_of_attachments_are_some_that_there_are(self) -> None:
        assert read_types((TEMPLATE["Parameters"]["AttachmentTypes"]["Default"],)) == ("application/pdf",)

    @pytest.mark.parametrize("name", BUCKETS)
    def test_files_travel_encrypted_only(self, name: str) -> None:
        policy = RESOURCES[f"{name}Policy"]["Properties"]
        statement, *others = policy["PolicyDocument"]["Statement"]
        assert bool(others) == (name == "WebBucket")
        assert policy["Bucket"] == {"Ref": name}
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert {named(resource) for resource in statement["Resource"]} == {
            name,
            f"${{{name}.Arn}}/*",
        }

    def test_nobody_deletes_a_file(self) -> None:
        assert may("s3:DeleteObject") == may("s3:DeleteObjectVersion") == set()
        assert may("s3:PutObject", "${DocumentsBucket.Arn}/applications/*") == {"DocumentsFunction"}
        assert may("s3:PutObject", "${AttachmentsBucket.Arn}/*") == {"AttachmentsFunction"}
        batches = {"BatchesFunction", "BatchFunction"}
        assert may("s3:PutObject", "${BatchesBucket.Arn}/*") == batches
        assert may("s3:PutObject") == {"DocumentsFunction", "AttachmentsFunction", *batches}

    def test_the_key_of_the_platforms_signature_outlives_the_stack_and_signs_only(self) -> None:
        key = RESOURCES["SigningKey"]
        assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
        assert (key["Properties"]["KeySpec"], key["Properties"]["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")
        [statement] = key["Properties"]["KeyPolicy"]["Statement"]
        assert statement["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}

    @pytest.mark.parametrize(("name", "spec"), [("Rsa", "RSA_2048"), ("Ec", "ECC_NIST_P256")])
    def test_the_keys_of_id_tokens_outlive_the_stack_sign_only_and_go_by_their_aliases(self, name, spec) -> None:
        key, alias = RESOURCES[f"Openid{name}Key"], RESOURCES[f"Openid{name}Alias"]
        assert key["DeletionPolicy"] == key["UpdateReplacePolicy"] == "Retain"
        assert (key["Properties"]["KeySpec"], key["Properties"]["KeyUsage"]) == (spec, "SIGN_VERIFY")
        assert alias["Properties"]["TargetKeyId"] == {"Ref": f"Openid{name}Key"}
        assert alias["Properties"]["AliasName"] == {"Fn::Sub": f"alias/${{AWS::StackName}}-openid-{name.lower()}"}
        assert environment("OidcFunction")[f"OPENID_{name.upper()}_ALIAS"] == {"Ref": f"Openid{name}Alias"}

    def test_the_names_by_which_systems_know_accounts_are_derived_with_a_long_secret(self) -> None:
        made = RESOURCES["OpenidSecret"]["Properties"]["GenerateSecretString"]
        assert made["PasswordLength"] >= 64

    def test_the_secret_is_made_by_aws_and_is_long(self) -> None:
        made = RESOURCES["TokenSecret"]["Properties"]["GenerateSecretString"]
        assert json.loads(made["SecretStringTemplate"]) == {"current": made["GenerateStringKey"]}
        assert made["PasswordLength"] >= 64

    def test_the_key_of_second_factors_is_made_by_aws_and_is_long(self) -> None:
        made = RESOURCES["SecondFactorSecret"]["Properties"]["GenerateSecretString"]
        assert "GenerateStringKey" not in made
        assert made["PasswordLength"] >= 64


class TestPages:
    def test_only_the_distribution_reads_their_bucket(self) -> None:
        _, reads = RESOURCES["WebBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        assert (reads["Principal"], reads["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
        [(_, source)] = reads["Condition"]["StringEquals"].items()
        assert source["Fn::Sub"].endswith(":distribution/${WebDistribution}")
        assert all(BUCKETS["WebBucket"]["PublicAccessBlockConfiguration"].values())

    def test_their_policy_allows_nothing_inline_and_nothing_from_elsewhere(self) -> None:
        config = RESOURCES["WebHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        said = config["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Sub"]
        rules = dict(rule.split(" ", 1) for rule in said.split("; "))
        assert rules.pop("connect-src") == (
            "'self' https://${AttachmentsBucket.RegionalDomainName} https://${BatchesBucket.RegionalDomainName}"
        )
        assert rules == {
            **dict.fromkeys(("default-src", "script-src", "style-src", "worker-src", "form-action"), "'self'"),
            **dict.fromkeys(("frame-ancestors", "base-uri"), "'none'"),
            "img-src": "'self' data:",
        }
        assert config["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= timedelta(days=365).total_seconds()

    def test_the_api_is_under_the_same_address_and_never_cached(self) -> None:
        config = RESOURCES["WebDistribution"]["Properties"]["DistributionConfig"]
        assert [one["PathPattern"] for one in config["CacheBehaviors"]] == ["/v1/*", "/docs", "/openapi.json"]
        for one in config["CacheBehaviors"]:
            assert one["TargetOriginId"] == "api"
            assert one["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled
            assert "FunctionAssociations" not in one
        assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "WebHeaders"}
        assert config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"

    def test_the_api_knows_what_came_through_the_distribution(self) -> None:
        config = RESOURCES["WebDistribution"]["Properties"]["DistributionConfig"]
        [origin] = [one for one in config["Origins"] if one["Id"] == "api"]
        [shown] = origin["OriginCustomHeaders"]
        assert shown["HeaderName"] == EDGE_HEADER
        assert shown["HeaderValue"] == environment("RegisterFunction")["EDGE_KEY"]
        assert shown["HeaderValue"] == environment("SessionFunction")["EDGE_KEY"]

    def test_every_file_of_the_pages_has_a_dot_so_that_no_page_hides_it(self) -> None:
        served = [path for path in (ROOT / "web").rglob("*") if path.is_file() and path.name != "LICENSE"]
        assert served
        assert all("." in path.name for path in served)
