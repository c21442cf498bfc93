"""A webhook's receiver that hangs up at once, or has very many addresses, is a failure of its own and none of ours."""

import socket
import struct
from datetime import UTC, datetime

import pytest

from tests.receipt_key import Signer
from ventanilla.adapters.courier import HttpCourier

URL = "https://eventos.ejemplo.gob.ec/v"
PUBLIC = "93.184.215.14"


def deliver(connect, addresses=(PUBLIC,)):
    courier = HttpCourier(Signer(), resolve=lambda host: list(addresses), connect=connect)
    return courier.deliver(URL, b"{}", datetime.now(UTC))


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # ssl leaves it to be collected
def test_who_hangs_up_before_tls_begins_is_not_reached(listening):
    def connect(address, port, seconds):
        ours = socket.create_connection(listening.getsockname(), timeout=seconds)
        theirs, _ = listening.accept()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # reset, not closed
        theirs.close()
        return ours

    assert deliver(connect) == "connection"


def test_of_a_thousand_addresses_few_are_tried():
    tried = []

    def connect(address, port, seconds):
        tried.append(address)
        raise TimeoutError

    assert deliver(connect, [f"93.184.{n // 250}.{n % 250 + 1}" for n in range(1_000)]) == "timeout"
    assert len(tried) <= 10
