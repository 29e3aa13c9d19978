"""One wrong value for each field of each item is refused, by the pipeline and by the schema."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shio_scraper.items import Reject
from shio_scraper.pipelines import ValidatePipeline
from shio_scraper.schema import json_schema
from tests.pipelines.samples import CASES, FETCHED, MAKERS, RECORD_MAKERS, SHA, URL, WRONG, having

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def schema(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json_schema(type(MAKERS[kind]())), format_checker=FormatChecker())


def as_json(item: Any) -> Any:
    return json.loads(msgspec.json.encode(item))


def names(item: Any, prefix: str = "") -> Iterator[str]:
    for field in fields(item):
        yield prefix + field.name
        value = getattr(item, field.name)
        if is_dataclass(value):
            yield from names(value, f"{prefix}{field.name}.")


@pytest.mark.parametrize("kind", MAKERS)
def test_every_field_has_a_wrong_value(kind: str) -> None:
    assert set(names(MAKERS[kind]())) == set(WRONG[kind])


@pytest.mark.parametrize("kind", MAKERS)
def test_a_whole_record_passes(kind: str) -> None:
    item = MAKERS[kind]()
    assert ValidatePipeline().process_item(item) is item
    schema(kind).validate(as_json(item))


@pytest.mark.parametrize("kind", MAKERS)
def test_null_stands_where_the_page_does_not_say(kind: str) -> None:
    absent = [name for name, wrong in WRONG[kind].items() if None not in wrong]
    assert absent
    for name in absent:
        item = having(MAKERS[kind](), name, None)
        assert ValidatePipeline().process_item(item) is item
        schema(kind).validate(as_json(item))


@pytest.mark.parametrize(("kind", "name", "value"), CASES)
def test_a_wrong_value_is_refused(kind: str, name: str, value: Any) -> None:
    item = having(MAKERS[kind](), name, value)
    found = ValidatePipeline().process_item(item)
    assert isinstance(found, Reject)
    assert (found.stage, found.reason) == ("validate", "schema")
    assert f"`$.{name}" in (found.detail or "")
    assert not schema(kind).is_valid(as_json(item))


@pytest.mark.parametrize("kind", MAKERS)
def test_a_key_too_many_or_too_few_is_refused_by_the_schema(kind: str) -> None:
    whole = as_json(MAKERS[kind]())
    assert not schema(kind).is_valid(whole | {"extra": 1})
    for name in whole:
        assert not schema(kind).is_valid({k: v for k, v in whole.items() if k != name})


@pytest.mark.parametrize("kind", RECORD_MAKERS)
def test_the_reject_names_the_record_and_its_page(kind: str) -> None:
    item = having(RECORD_MAKERS[kind](), "language", "French")
    found = ValidatePipeline().process_item(item)
    assert (found.url, found.fetched_at, found.body_sha256) == (item.url or None, FETCHED, SHA)
    assert item.key in found.detail
    assert ValidatePipeline().process_item(found) is found


@pytest.mark.parametrize("name", ["url", "provenance.fetched_at", "provenance.body_sha256", "key"])
def test_the_reject_of_a_record_is_itself_valid(name: str) -> None:
    """Also where the wrong value is one that the reject would repeat."""
    found = ValidatePipeline().process_item(having(MAKERS["article"](), name, "wrong value"))
    if name == "key":
        found = ValidatePipeline().process_item(having(MAKERS["article"](), name, ""))
    assert isinstance(found, Reject)
    schema("reject").validate(as_json(found))
    if name != "url":
        assert found.url == URL
