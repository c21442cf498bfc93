"""Attachments: what was declared, in a table; the files themselves, in a bucket."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from botocore.exceptions import ClientError

from ventanilla.adapters.dynamo import Dynamo, Key, update_if
from ventanilla.adapters.items import ALONE, AttachmentItem, entity_of, item_of
from ventanilla.adapters.linked_files import LinkedFiles, demand_absence
from ventanilla.domain.attachments import UPLOAD_LIFE, Attachment, Declaration

_UNUSED = "state=unused"
"""The mark that the bucket's own rule takes old files away by (template.yaml, AttachmentsBucket)."""


def _declared_at(institution: str, attachment_id: str) -> str:
    return f"attachment#{institution}#{attachment_id}"


class Attachments:
    """What institutions have declared; under its institution's name, so that another finds nothing."""

    def __init__(self, dynamo: Dynamo, *, notifications: str) -> None:
        self._dynamo = dynamo
        self._declaration = dynamo.bind(AttachmentItem, notifications)

    def keys_of(self, institution: str, ids: Sequence[str]) -> list[Key]:
        """Return what `several` reads, for those who read ahead."""
        return [(self._declaration, _declared_at(institution, one), ALONE) for one in ids]

    def declare(self, declaration: Declaration) -> None:
        """Put a declaration down; its id is new."""
        pk = _declared_at(declaration.institution, declaration.file.id)
        item_of(self._declaration, declaration, pk, ttl=declaration.expires_at).save(add_version_condition=False)

    def several(self, institution: str, ids: Sequence[str]) -> list[Declaration | None]:
        """Return an institution's declarations, in one trip at most."""
        items = self._dynamo.several(*self.keys_of(institution, ids))
        return [entity_of(Declaration, item) if item else None for item in items]

    def keep(self, declaration: Declaration, now: datetime) -> bool:
        """Let a declaration live for ever; tell whether it was still there."""
        item = self._declaration(_declared_at(declaration.institution, declaration.file.id), ALONE)
        actions = [AttachmentItem.kept_at.set(now), AttachmentItem.ttl.remove()]
        return update_if(item, actions, AttachmentItem.pk.exists())


class AttachmentFiles(LinkedFiles):
    """The files of attachments."""

    def upload(self, path: str, file: Attachment) -> tuple[str, dict[str, str]]:
        """Return the link that takes in these bytes alone, once, and the headers that it demands."""
        return self._link_in(
            path, UPLOAD_LIFE, media_type=file.media_type, size=file.size, sha256=file.sha256, tagging=_UNUSED
        )

    def keep(self, path: str) -> bool:
        """Take the mark from a file that lets the bucket take it away; tell whether it is there."""
        try:
            self._client.delete_object_tagging(Bucket=self._bucket, Key=path)
        except ClientError as error:
            demand_absence(error)
            return False
        return True

    def download(self, path: str, file: Attachment) -> str:
        """Return the link by which a file is saved under its name."""
        return self._link_out(path, disposition=file.disposition, media_type=file.media_type)
