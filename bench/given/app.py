"""What the given libraries cost before there is a line of ours: a route that is validated, a model of a table."""

from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

app = APIGatewayHttpResolver(enable_validation=True)
logger = Logger()


class Wish(BaseModel):
    """What comes in, and goes out."""

    portal: str


class Thing(Model):
    """An item."""

    class Meta:
        """Its table."""

        table_name = "AccountsTable"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


@app.post("/v1/resets")
def post_wish(wish: Annotated[Wish, Body()]) -> Wish:
    """Write an item, and answer."""
    Thing(wish.portal, "-").save()
    logger.info("request")
    return wish
