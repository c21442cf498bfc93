"""A secret that is one text, and the client that is made when one is first read."""

from typing import Any

from ventanilla.adapters.secrets import SecretsManager, SecretText


class Client:
    """Holds one secret, and counts how often it is read."""

    def __init__(self) -> None:
        self.text = " key-one\n"
        self.reads = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  # boto's name
        assert SecretId == "name"
        self.reads += 1
        return {"SecretString": self.text}


def test_a_secret_is_read_once_until_it_is_forgotten():
    client = Client()
    secret = SecretText(client, "name")
    assert [secret.text(), secret.text()] == ["key-one", "key-one"]
    assert client.reads == 1
    client.text = "key-two"
    assert secret.text() == "key-one"
    secret.forget()
    assert secret.text() == "key-two"


def test_the_client_is_made_once_and_only_when_it_is_needed():
    made: list[Client] = []

    def make() -> Any:
        made.append(Client())
        return made[-1]

    manager = SecretsManager(make)
    secret = SecretText(manager, "name")
    assert made == []
    secret.text()
    secret.forget()
    secret.text()
    assert [client.reads for client in made] == [2]
