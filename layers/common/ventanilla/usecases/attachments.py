"""Attachments: an institution declares and uploads a file, sends it along, and both sides download it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ventanilla.domain.attachments import MOST, UPLOAD_LIFE, Attachment, Declaration, path_of
from ventanilla.domain.errors import FieldError, InstitutionSuspended, NotFound, Refused
from ventanilla.domain.ids import LENGTH, random_id
from ventanilla.domain.notifications import Letter
from ventanilla.schemas.attachments import AttachmentDeclared, AttachmentIn, UploadOut
from ventanilla.usecases.ports import AttachmentFiles, Attachments, Clock

if TYPE_CHECKING:
    from ventanilla.usecases.notify import Sender


@dataclass(frozen=True, slots=True)
class Cupboard:
    """Where attachments are: what was declared, and the files."""

    declarations: Attachments
    files: AttachmentFiles


def declare(
    wanted: AttachmentIn, sender: Sender, *, types: Sequence[str], cupboard: Cupboard, clock: Clock
) -> AttachmentDeclared:
    """Take down what a file will be, and say how it is uploaded.

    Raises:
        InstitutionSuspended: the institution may not.
        Refused: files of this type are not taken.
    """
    if sender.institution.status != "active":
        raise InstitutionSuspended
    if wanted.media_type not in types:
        raise Refused(FieldError("media_type", "media_type", {"types": ", ".join(types)}))
    file = Attachment(random_id(), wanted.file_name, wanted.media_type, wanted.size, wanted.sha256)
    declaration = Declaration(sender.institution.id, file, clock.now())
    cupboard.declarations.declare(declaration)
    url, headers = cupboard.files.upload(declaration.path, file)
    upload = UploadOut(url=url, method="PUT", headers=headers, expires_at=clock.wall() + UPLOAD_LIFE)
    return AttachmentDeclared(attachment_id=file.id, upload=upload, expires_at=declaration.expires_at)


def named_by(body: dict[str, Any]) -> list[str]:
    """Return the attachments that a body names before it has been checked, to read ahead by."""
    named = body.get("attachments")
    ids = [one for one in named if isinstance(one, str) and len(one) == LENGTH] if isinstance(named, list) else []
    return ids if len(ids) <= MOST else []


def find(ids: Sequence[str], sender: Sender, *, cupboard: Cupboard, now: datetime) -> tuple[Declaration, ...]:
    """Return what the institution has declared under these ids.

    Raises:
        Refused: some are unknown, another institution's, or were not used in time.
    """
    if not ids:
        return ()
    found = cupboard.declarations.several(sender.institution.id, ids)
    living = tuple(one for one in found if one and one.may_be_used(now))
    if len(living) < len(ids):
        gone = [place for place, one in enumerate(found) if not (one and one.may_be_used(now))]
        raise _refused("attachment_unknown", gone)
    return living


def keep(declarations: Sequence[Declaration], *, cupboard: Cupboard, now: datetime) -> tuple[Attachment, ...]:
    """Check the files of declarations at their first use, and keep them for as long as there are notifications.

    What the bucket says of them is compared once: a file that is there can't be replaced, and from now on stays.

    Raises:
        Refused: some have not been uploaded, or are other files than were declared.
    """
    new = {place: one for place, one in enumerate(declarations) if one.kept_at is None}
    stored = {place: cupboard.files.stored(one.path) for place, one in new.items()}
    if missing := [place for place, file in stored.items() if file is None]:
        raise _refused("attachment_missing", missing)
    if others := [place for place, file in stored.items() if file and not file.is_of(new[place].file)]:
        raise _refused("attachment_different", others)
    # The file first: one that is kept without its declaration harms nobody, the other way round it would vanish.
    lost = [
        place
        for place, one in new.items()
        if not (cupboard.files.keep(one.path) and cupboard.declarations.keep(one, now))
    ]
    if lost:
        raise _refused("attachment_missing", lost)
    return tuple(one.file for one in declarations)


def link_to(letter: Letter, attachment_id: str, *, files: AttachmentFiles) -> str:
    """Return a short-lived link to a file of a letter.

    Raises:
        NotFound: the letter has no such file.
    """
    file = next((one for one in letter.attachments if one.id == attachment_id), None)
    if file is None:
        raise NotFound
    return files.download(path_of(letter.institution, file.id), file)


def _refused(code: str, places: Sequence[int]) -> Refused:
    return Refused(*(FieldError(f"attachments.{place}", code) for place in places))
