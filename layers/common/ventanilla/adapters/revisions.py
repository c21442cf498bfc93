"""Whether a signed PDF still shows the document that was to be signed.

A file may begin with the bytes of one document and show another: revisions that were added can replace every page, and
a signature made after that covers the replaced ones. So the document must be a revision of the file, and what was added
to it only what signing adds: fields of signatures and their appearance, metadata, accessibility tags, certificates.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader

_CATALOG = {"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/MarkInfo", "/Version", "/Perms"}
_PAGE = {"/Annots", "/Tabs", "/StructParents", "/LastModified"}
_FORM = {"/Type", "/Fields", "/SigFlags", "/DR", "/DA", "/NeedAppearances"}
_DEEPEST = 8
"""Fields above an annotation: no more are followed, since they may go round in a circle."""
_TAGS = ("/StructTreeRoot", "/StructElem")
_LARGEST_STAMPS = 595 * 842 / 4
"""Square points that all stamps of signatures may cover: a quarter of a page, since what they cover can't be read."""


def is_revision_of(base: PdfFileReader, reader: PdfFileReader) -> bool:
    """Tell whether a file was made by adding to a document."""
    revision = base.total_revisions - 1
    if reader.total_revisions <= revision:
        return False
    return bool(reader.xrefs.get_startxref_for_revision(revision) == base.last_startxref)


def shows_the_same(base: PdfFileReader, reader: PdfFileReader) -> bool:
    """Tell whether all that was added to a document is what signing adds."""
    if _key(base.root_ref) != _key(reader.root_ref):
        return False
    form = _of(reader.root, "/AcroForm") or {}
    return (
        all(_may_change(base, reader, key) for key in _changed(base, reader))
        and set(form) <= _FORM
        and _are_stamps(list(_new_annotations(base, reader)))
    )


def _changed(base: PdfFileReader, reader: PdfFileReader) -> Iterator[tuple[int, int]]:
    """Return which objects of the document the file holds anew, or no more."""
    old = {_key(ref) for number in range(base.total_revisions) for ref in base.xrefs.explicit_refs_in_revision(number)}
    for number in range(base.total_revisions, reader.total_revisions):
        xrefs = reader.xrefs
        for ref in xrefs.explicit_refs_in_revision(number) | xrefs.refs_freed_in_revision(number):
            if _key(ref) in old:
                yield _key(ref)


def _may_change(base: PdfFileReader, reader: PdfFileReader, key: tuple[int, int]) -> bool:
    if key == _key(base.root_ref):
        return _alike(base.root, reader.root, but=_CATALOG)
    if key in _metadata(base):
        return True
    before, after = _object(base, key), _object(reader, key)
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    kind = _of(before, "/Type")
    if kind == "/Page":
        return _alike(before, after, but=_PAGE)
    return kind in _TAGS and _of(after, "/Type") == kind


def _metadata(base: PdfFileReader) -> set[tuple[int, int]]:
    places = ((base.trailer, "/Info"), (base.root, "/Metadata"))
    found = [place.raw_get(name) for place, name in places if name in place]
    return {(one.idnum, one.generation) for one in found if hasattr(one, "idnum")}


def _new_annotations(base: PdfFileReader, reader: PdfFileReader) -> Iterator[Any]:
    known = {_written(one) for page in _pages(base.root) for one in _items(page, "/Annots")}
    for page in _pages(reader.root):
        yield from (one for one in _items(page, "/Annots") if _written(one) not in known)


def _are_stamps(annotations: list[Any]) -> bool:
    """Tell whether annotations are no more than the stamps of signatures, which leave the page to be read."""
    return all(_is_stamp(one) for one in annotations) and sum(map(_area, annotations)) <= _LARGEST_STAMPS


def _is_stamp(annotation: Any) -> bool:
    """Tell whether an annotation is a signature's: it does nothing, and shows nothing before anybody has signed."""
    field = annotation
    for _ in range(_DEEPEST):
        if "/FT" in field or "/Parent" not in field:
            break
        field = field["/Parent"]
    is_signature = _of(annotation, "/Subtype") == "/Widget" and _of(field, "/FT") == "/Sig"
    acts = any(name in place for place in (annotation, field) for name in ("/A", "/AA"))
    return bool(is_signature and not acts and ("/V" in field or "/AP" not in annotation))


def _area(annotation: Any) -> float:
    left, bottom, right, top = map(float, _items(annotation, "/Rect") or [0] * 4)
    return abs((right - left) * (top - bottom))


def _pages(root: Any) -> Iterator[Any]:
    nodes = [root["/Pages"]]
    while nodes:
        node = nodes.pop()
        kids = _items(node, "/Kids")
        nodes += kids
        if not kids:
            yield node


def _of(place: Any, name: str) -> Any:
    """Return what a dictionary has under a name, itself and not a reference to it."""
    return place[name] if name in place else None  # noqa: SIM401  # `get` would return the reference


def _items(place: Any, name: str) -> list[Any]:
    found = _of(place, name)
    return [found[number] for number in range(len(found))] if found is not None else []


def _alike(before: Any, after: Any, *, but: set[str]) -> bool:
    names = (set(before) | set(after)) - but
    return all(
        name in before and name in after and _written(before.raw_get(name)) == _written(after.raw_get(name))
        for name in names
    )


def _written(value: Any) -> bytes:
    out = io.BytesIO()
    value.write_to_stream(out, None)
    return out.getvalue()


def _object(reader: PdfFileReader, key: tuple[int, int]) -> Any:
    from pyhanko.pdf_utils.generic import Reference

    return reader.get_object(Reference(*key, pdf=reader), never_decrypt=True)  # type: ignore[no-untyped-call]  # its own


def _key(ref: Any) -> tuple[int, int]:
    return ref.idnum, ref.generation
