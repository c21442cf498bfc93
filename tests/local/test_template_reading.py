"""The template as the local runtime reads it."""

from pathlib import Path

import pytest

from local.cfn import Resolver, TemplateError, load_yaml
from local.sources import QueueSource, Route, ScheduleSource, Source, StreamSource, read_source
from local.template import QUEUE, Template, read_template

PRODUCT = Path(__file__).parent / "product"
ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = {"BaseUrl": "http://127.0.0.1:1", "MailFrom": "a@example.ec", "Unknown": "ignored"}


@pytest.fixture(scope="module")
def template() -> Template:
    return read_template(PRODUCT / "template.yaml", PARAMETERS, opt=[PRODUCT])


def test_a_function_has_its_own_values_before_the_globals(template):
    assert (template.functions["AnswerFunction"].memory, template.functions["EchoFunction"].memory) == (512, 128)
    assert template.functions["EchoFunction"].timeout == 2
    assert template.functions["EchoFunction"].code == PRODUCT / "functions" / "echo"


def test_the_environment_is_resolved_with_local_values(template):
    environment = template.functions["EchoFunction"].environment
    assert environment["BASE_URL"] == "http://127.0.0.1:1"
    assert environment["NOTES_TABLE"] == "NotesTable"
    assert environment["NOTES_QUEUE"].endswith("/123456789012/NotesQueue")
    assert environment["GREETING"] == "hello from dev in us-east-1"
    assert environment["LEVEL"] == "low"


def test_opt_is_the_folder_that_has_it(template, tmp_path):
    assert template.functions["EchoFunction"].environment["DATA_DIR"] == str(PRODUCT / "data")
    (tmp_path / "data").mkdir()
    built = read_template(PRODUCT / "template.yaml", PARAMETERS, opt=[tmp_path, PRODUCT])
    assert built.functions["EchoFunction"].environment["DATA_DIR"] == str(tmp_path / "data")


def test_events_become_sources(template):
    assert Route("EchoFunction", "GET", "/words/{word}") in template.routes
    assert template.streams == (
        StreamSource(
            "RelayFunction",
            "NotesTable",
            batch_size=10,
            patterns=(
                {"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": [{"anything-but": {"prefix": "-"}}]}}}},
            ),
            partial=True,
            bisect=True,
            retries=1,
            on_failure="RelayDeadLetters",
        ),
    )
    assert template.queues == (QueueSource("MailFunction", "NotesQueue", partial=True),)


def test_an_event_that_is_switched_off_is_left_out(template):
    assert template.schedules == (ScheduleSource("TickFunction", "TickFunctionOften", "rate(5 minutes)"),)


def test_a_resource_whose_condition_does_not_hold_is_left_out(template):
    production = read_template(PRODUCT / "template.yaml", {**PARAMETERS, "Stage": "production"})
    assert "ProductionQueue" not in {queue.id for queue in template.of_type(QUEUE)}
    assert "ProductionQueue" in {queue.id for queue in production.of_type(QUEUE)}
    assert production.functions["EchoFunction"].environment["LEVEL"] == "high"


def test_a_fifo_queue_has_its_suffix_and_a_dead_letter_queue_its_name(template):
    names = {queue.id: queue.name for queue in template.of_type(QUEUE)}
    assert names["OrderedQueue"] == "OrderedQueue.fifo"
    assert template.functions["TickFunction"].dead_letters == "TickDeadLetters"


def test_a_parameter_without_a_value_is_an_error_where_it_is_used():
    with pytest.raises(TemplateError, match="BaseUrl"):
        read_template(PRODUCT / "template.yaml", {"MailFrom": "a@example.ec"})


def test_an_event_that_cannot_be_followed_is_an_error():
    with pytest.raises(TemplateError, match="Kinesis"):
        read_source("F", "E", "Kinesis", {})
    filters = [{"Pattern": '{"a": [{"cidr": "10.0.0.0/8"}]}'}]
    queue = {"Queue": "arn:q", "FilterCriteria": {"Filters": filters}}
    with pytest.raises(TemplateError, match="cidr"):
        read_source("F", "E", "SQS", queue)


def test_short_tags_are_their_long_forms():
    assert load_yaml('[!Ref A, !GetAtt B.C.D, !Sub "x${A}", !Join ["-", [a, !Ref B]]]') == [
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "C.D"]},
        {"Fn::Sub": "x${A}"},
        {"Fn::Join": ["-", ["a", {"Ref": "B"}]]},
    ]


RESOLVE = Resolver(
    {"Stage": "dev", "Names": "a,b"},
    {"Dev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]}, "Never": {"Fn::Not": [{"Condition": "Dev"}]}},
    ref=lambda name: f"<{name}>",
    attribute=lambda name, attribute: f"<{name}.{attribute}>",
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Queue", "<Queue>"),
        ("!GetAtt Queue.Arn", "<Queue.Arn>"),
        (
            '!Sub "${Stage}/${Queue}/${Queue.Arn}/${!Literal}/${AWS::AccountId}"',
            "dev/<Queue>/<Queue.Arn>/${Literal}/123456789012",
        ),
        ('!Sub ["${Own}-${Stage}", {Own: !Ref Queue}]', "<Queue>-dev"),
        ('!Join ["-", [a, !Ref Stage]]', "a-dev"),
        ('!Split [",", !Ref Names]', ["a", "b"]),
        ('!Select [1, !Split [",", !Ref Names]]', "b"),
        ("!If [Dev, yes, no]", True),
        ('!If [Never, "yes", "no"]', "no"),
        ("{a: !Ref AWS::NoValue, b: [!Ref AWS::NoValue, 1]}", {"b": [1]}),
    ],
)
def test_functions_of_the_template_have_their_value(written, value):
    assert RESOLVE(load_yaml(written)) == value


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("Dev", True),
        ("Never", False),
        ({"Fn::And": [{"Condition": "Dev"}, {"Condition": "Never"}]}, False),
        ({"Fn::Or": [{"Condition": "Dev"}, {"Condition": "Never"}]}, True),
    ],
)
def test_conditions_hold_or_not(condition, holds):
    assert RESOLVE.condition(condition) is holds


def test_a_function_that_is_not_known_is_an_error():
    with pytest.raises(TemplateError, match="ImportValue"):
        RESOLVE(load_yaml("!ImportValue x"))
    with pytest.raises(TemplateError, match="Contains"):
        RESOLVE.condition({"Fn::Contains": []})


def test_the_template_of_the_project_is_followed_throughout():
    template = read_template(ROOT / "template.yaml", {**PARAMETERS, "Portals": "demo"}, opt=[ROOT])
    sources: list[Source] = [*template.routes, *template.streams, *template.queues, *template.schedules]
    assert {source.function for source in sources} == set(template.functions)
    assert all(function.environment["PORTALS"] == "demo" for function in template.functions.values())
