"""What is kept with a durable store."""

import pytest

from local import Local
from tests.local.conftest import PRODUCT, Site

pytestmark = pytest.mark.engine


@pytest.fixture
def start(tmp_path):
    return lambda **options: Local(store="dynoxide", root=PRODUCT, data_dir=tmp_path, demo=False, **options)


def secret_of(local):
    import boto3

    client = boto3.client("secretsmanager", region_name="us-east-1")
    return client.get_secret_value(SecretId="Secret")["SecretString"]


def test_items_clock_and_secret_outlive_the_process(start):
    with start() as local:
        assert Site(local).note("kept", to="ana@example.ec") == 202
        assert Site(local).subjects("ana@example.ec") == ["Aviso kept ñ"]
        local.advance(1000)
        secret = secret_of(local)
    with start() as local:
        local.settle()
        assert local.clock.offset == 1000
        assert secret_of(local) == secret
        assert local.outbox() == [], "what was delivered is not delivered again"
        assert Site(local).note("more", to="ana@example.ec") == 202
        assert Site(local).subjects("ana@example.ec") == ["Aviso more ñ"]


def test_what_was_left_in_a_queue_is_delivered_again(start):
    with start() as local:
        Site(local).note("poison-queue-kept", to="ana@example.ec")
        Site(local).note("good", to="ana@example.ec")
    with start() as local:
        local.settle()
        assert "Aviso good ñ" in Site(local).subjects("ana@example.ec")


def test_processes_of_their_own_reach_it_too(start):
    with start(runtime="ric") as local:
        assert Site(local).note("ric", to="ana@example.ec") == 202
        assert Site(local).subjects("ana@example.ec") == ["Aviso ric ñ"]


def test_a_table_of_another_form_is_refused(start, tmp_path):
    import shutil

    from local.stack import TableDiffers

    with start():
        pass
    product = tmp_path / "product"
    shutil.copytree(PRODUCT, product)
    text = (product / "template.yaml").read_text(encoding="utf-8")
    (product / "template.yaml").write_text(text.replace("IndexName: by_time", "IndexName: other"), encoding="utf-8")
    with (
        pytest.raises(TableDiffers, match="NotesTable"),
        Local(store="dynoxide", root=product, data_dir=tmp_path, demo=False),
    ):
        pass
