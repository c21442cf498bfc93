"""The citizen's mailbox as a list, and the institution's list: pages, filters, counts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.flows.town import draft, expect, problem

IN_MAILBOX, ELSEWHERE = 22, 29


@pytest.fixture(scope="module")
def posted(town):
    """References of a full mailbox, and of more than one page of the institution's list; oldest first."""
    citizen = town.settler()
    stranger = town.person()
    references = [f"PAGE-{number:02}" for number in range(IN_MAILBOX + ELSEWHERE)]
    for owner, (first, *others) in ((citizen, references[:IN_MAILBOX]), (stranger, references[IN_MAILBOX:])):
        town.notify(owner, reference=first)
        multiply(town, owner, others)
    return citizen, references


def multiply(town, owner, references):
    """Put copies of the one entry of a mailbox into it and into the institution's feed, as if they had been posted."""
    from ulid import ULID

    from ventanilla.wiring import services

    table, pk = town.local.environment["NOTIFICATIONS_TABLE"], {"S": f"box#demo#{owner.number}"}
    with town.local.lock:
        client = services().dynamo.connection.client
        query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": pk}}
        [entry] = [item for item in client.query(TableName=table, **query)["Items"] if "state" in item]
        events = []
        for number, reference in enumerate(references):
            key = {"S": str(ULID.from_datetime(services().clock.now() + timedelta(milliseconds=number)))}
            copy = {**entry, "sk": key, "key": key, "reference": {"S": reference}, "notification": {"S": reference}}
            if "unread_key" in entry:
                copy["unread_key"] = key
                count = {"UpdateExpression": "ADD unread_count :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
                client.update_item(TableName=table, Key={"pk": pk, "sk": {"S": "~"}}, **count)
            client.put_item(TableName=table, Item=copy)
            place = {
                "portal": "demo",
                "number": owner.number,
                "entry": key["S"],
                "at": services().clock.now().isoformat(),
            }
            events.append({"id": f"{reference}-0", "notification": reference, "state": "accepted", **place})
        services().feed.append(town.local.demo["institution"]["id"], events)


def pages(citizen, query: str = "") -> Iterator[dict]:
    """Walk the mailbox page by page."""
    cursor = ""
    for _ in range(9):
        page = citizen.get(f"/v1/inbox?{query}{cursor}")
        yield page
        if not page["next_cursor"]:
            return
        cursor = f"&cursor={page['next_cursor']}"
    pytest.fail("the pages have no end")


class TestMailbox:
    def test_pages_follow_each_other_without_gaps_or_repeats_newest_first(self, posted):
        citizen, references = posted
        walked = list(pages(citizen))
        assert [len(page["items"]) for page in walked] == [10, 10, 2]
        seen = [line["reference"] for page in walked for line in page["items"]]
        assert seen == references[:IN_MAILBOX][::-1]
        assert {page["unread_count"] for page in walked} == {IN_MAILBOX}

    def test_what_arrives_meanwhile_moves_no_page(self, town, posted):
        citizen, references = posted
        first = citizen.get("/v1/inbox")
        extra = town.notify(citizen, reference="PAGE-LATE")["id"]
        second = citizen.get(f"/v1/inbox?cursor={first['next_cursor']}")
        assert [line["reference"] for line in second["items"]] == references[2:12][::-1]
        expect(town.sender.cancel(extra), 200)

    def test_the_unread_alone(self, town):
        citizen = town.settler()
        ids = [town.notify(citizen)["id"] for _ in range(3)]
        expect(citizen.open(ids[1]), 200)
        page = citizen.get("/v1/inbox?unread=true")
        assert [line["id"] for line in page["items"]] == [ids[2], ids[0]]
        assert page["unread_count"] == 2
        assert [line["id"] for line in citizen.get("/v1/inbox?unread=false")["items"]] == ids[::-1]

    def test_the_unread_are_paged_too(self, posted):
        citizen, references = posted
        walked = list(pages(citizen, "unread=true"))
        assert [line["reference"] for page in walked for line in page["items"]] == references[:IN_MAILBOX][::-1]

    def test_of_one_institution_alone(self, town):
        citizen = town.settler()
        town.notify(citizen)
        with town.institution("registro-civil") as other:
            expect(other.post(draft(citizen, reference="RC-1")), 202)
        town.local.settle()
        page = citizen.get("/v1/inbox?institution=registro-civil")
        assert [line["reference"] for line in page["items"]] == ["RC-1"]
        assert citizen.get("/v1/inbox?institution=nobody")["items"] == []
        assert page["unread_count"] == 2

    def test_a_page_that_cancelled_ones_thinned_out_leads_on(self, town):
        from ventanilla.wiring import services

        citizen = town.settler()
        kept, dropped = town.notify(citizen)["id"], town.notify(citizen)["id"]
        expect(town.sender.cancel(dropped), 200)
        table = town.local.environment["NOTIFICATIONS_TABLE"]
        with town.local.lock:
            client = services().dynamo.connection.client
            box = {"pk": {"S": f"box#demo#{citizen.number}"}}
            query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": box["pk"]}}
            [entry] = [
                item
                for item in client.query(TableName=table, **query)["Items"]
                if item.get("state") == {"S": "cancelled"}
            ]
            for last in "0123456789ABCDEFGHJKMNPQRS":
                key = {"S": f"{entry['sk']['S'][:-1]}{last}"}
                client.put_item(TableName=table, Item={**entry, "sk": key, "key": key})
        walked = list(pages(citizen))
        assert [line["id"] for page in walked for line in page["items"]] == [kept]

    def test_a_cursor_of_another_making_is_refused(self, posted):
        citizen, _ = posted
        for cursor in ("abc", "ñ" * 26, "~", "%00" * 26):
            problem(citizen.call("GET", f"/v1/inbox?cursor={cursor}"), 422, "validation", "cursor")

    def test_a_filter_that_is_no_yes_or_no_is_refused(self, posted):
        citizen, _ = posted
        problem(citizen.call("GET", "/v1/inbox?unread=perhaps"), 422, "validation", "unread")


class TestInstitutionsList:
    def test_pages_follow_each_other_without_gaps_or_repeats_newest_first(self, town, posted):
        _, references = posted
        first = expect(town.sender.list(), 200)
        second = expect(town.sender.list(first["next_cursor"]), 200)
        assert (len(first["items"]), second["next_cursor"]) == (50, None)
        seen = [line["reference"] for page in (first, second) for line in page["items"]]
        assert len(seen) == len(set(seen))
        assert [reference for reference in seen if reference in references] == references[::-1]

    def test_a_feed_that_told_an_event_twice_lists_the_notification_once(self, town):
        """After a crash of relay or feed the same events may come again; the list must not show them twice."""
        from ventanilla.wiring import services

        citizen = town.settler()
        with town.institution("aduana") as other:
            expect(other.post(draft(citizen, reference="TWICE-1")), 202)
            town.local.settle()
            with town.local.lock:
                told = [event for _, event in services().feed.backwards("aduana", None)]
                services().feed.append("aduana", [{"id": "between", "state": "alerted", "at": told[0]["at"]}])
                services().feed.append("aduana", told[::-1])
            assert [line["reference"] for line in expect(other.list(), 200)["items"]] == ["TWICE-1"]
