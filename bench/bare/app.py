"""What every function pays at least: a client of DynamoDB, by botocore."""

from botocore.session import Session

client = Session().create_client("dynamodb")


def handler(_event: object, _context: object) -> dict[str, int]:
    """Answer without asking anything."""
    return {"statusCode": 204}
