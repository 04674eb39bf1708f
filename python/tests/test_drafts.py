"""``NewWebhook`` and ``Trigger``: values, equality, matching, and properties of every draft."""

from __future__ import annotations

import copy
import json
import pickle
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadsquared_webhooks import LeadSquaredWarning, NewWebhook, Trigger, ValidationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

URL = "https://example.com/hooks"
BARE = [
    *("lead_create", "lead_owner_change", "lead_stage_change", "lead_update", "task_create", "task_reminder"),
    *("lead_score_change", "task_complete", "task_update"),
]


def quietly(**keywords: Any) -> NewWebhook:
    """Build a webhook without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return NewWebhook(**keywords)


TEXT = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
TRIGGERS = st.one_of(
    st.sampled_from([getattr(Trigger, name)() for name in BARE]),
    st.builds(Trigger.landing_page_submission, st.none() | st.lists(TEXT, max_size=3)),
    st.builds(Trigger.lead_activity_create, TEXT),
    st.builds(Trigger.lead_activity_update, TEXT),
    st.builds(Trigger.lead_field_update, TEXT),
    st.builds(Trigger.opportunity_create, st.lists(TEXT, max_size=3)),
    st.builds(Trigger.opportunity_update, st.lists(TEXT, max_size=3)),
    st.builds(Trigger.opportunity_delete, st.lists(TEXT, max_size=3)),
    st.builds(Trigger.opportunity_field_update, st.none() | st.dictionaries(TEXT, JSON, max_size=3)),
    st.builds(
        Trigger.opportunity_stage_update,
        from_=st.none() | TEXT,
        to=st.none() | TEXT,
        properties=st.none() | st.dictionaries(TEXT, JSON, max_size=3),
    ),
    st.builds(
        Trigger.raw,
        st.integers(-1, 2**33) | TEXT,
        properties=st.none() | JSON,
        extra=st.none() | st.dictionaries(TEXT, JSON, max_size=3),
    ),
)
DRAFTS = st.fixed_dictionaries(
    {"url": st.sampled_from([URL, "http://example.com", "ftp://x", ""]) | TEXT, "trigger": TRIGGERS},
    optional={
        "description": st.none() | TEXT,
        "content_type": st.sampled_from(["application/json", "text/plain", "text/html"]) | TEXT,
        "notify_on_failure": st.none() | st.booleans(),
        "custom_headers": st.lists(st.tuples(st.sampled_from(["x-a", "X-A", "a b"]) | TEXT, TEXT), max_size=12),
    },
)


@given(DRAFTS)
def test_a_draft_is_a_webhook_or_every_reason_why_not(draft: dict[str, Any]) -> None:
    """There is no other result, and a valid webhook survives every round trip."""
    try:
        webhook = quietly(**draft)
    except ValidationError as refused:
        fields = [violation.field for violation in refused.violations]
        assert fields
        assert len(refused.violations) == len(set(refused.violations))
        assert all(field.split(".")[0].split("[")[0] in draft for field in fields)
        assert all("\n" not in violation.problem for violation in refused.violations)
        assert str(refused) == "; ".join(map(str, refused.violations))
        again = pickle.loads(pickle.dumps(refused))
        assert (again.violations, str(again)) == (refused.violations, str(refused))
        return
    assert webhook == quietly(**draft) == pickle.loads(pickle.dumps(webhook))
    assert hash(webhook) == hash(quietly(**draft))
    assert (copy.copy(webhook), copy.deepcopy(webhook)) == (webhook, webhook)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert NewWebhook.from_json(webhook.to_json()) == webhook
    assert webhook.trigger == quietly(url=URL, trigger=webhook.trigger).trigger
    body = json.loads(webhook.to_request().body)
    assert body["URL"] == draft["url"] == webhook.url
    assert [(one["Key"], one["Value"]) for one in body["CustomHeaders"]] == list(webhook.custom_headers)


@given(TRIGGERS)
def test_a_trigger_is_equal_to_its_pickled_self(trigger: Trigger) -> None:
    """Equal triggers have equal hashes, and the event's name is that of its constructor."""
    assert hasattr(Trigger, trigger.event)
    assert repr(trigger).startswith(f"Trigger.{trigger.event}(")
    again = pickle.loads(pickle.dumps(trigger))
    assert (again, hash(again)) == (trigger, hash(trigger))
    assert copy.deepcopy(trigger) is copy.copy(trigger) is trigger


def test_a_trigger_matches() -> None:
    """Patterns match by position and by name."""
    reported = []
    for trigger in (
        Trigger.lead_create(),
        Trigger.lead_activity_create("22"),
        Trigger.raw(28, properties={"b": 1, "a": [1.5]}, extra={"ActivityEvent": "22"}),
        Trigger.opportunity_stage_update(from_="New", to="Won"),
    ):
        match trigger:
            case Trigger("lead_create"):
                reported.append("lead")
            case Trigger("lead_activity_create", activity=activity):
                reported.append(f"activity {activity}")
            case Trigger("raw", code=code, properties=properties, extra=extra):
                reported.append(f"{code} {properties} {extra}")
            case Trigger(event=event, from_=left, to=entered):
                reported.append(f"{event} {left} {entered}")
    assert reported == [
        "lead",
        "activity 22",
        "28 {\"b\":1,\"a\":[1.5]} {'ActivityEvent': '22'}",
        "opportunity_stage_update New Won",
    ]


def test_what_does_not_belong_to_the_event_is_none() -> None:
    """Every attribute exists for every event."""
    trigger = Trigger.lead_create()
    names = ["pages", "activity", "field", "opportunity_types", "from_", "to", "code", "properties", "extra"]
    assert [getattr(trigger, name) for name in names] == [None] * len(names)


def test_custom_headers_are_a_mapping_or_pairs() -> None:
    """The order is kept, and pairs may repeat a name."""
    mapping = NewWebhook(url=URL, trigger=Trigger.lead_create(), custom_headers={"b": "1", "a": "2"})
    assert mapping.custom_headers == (("b", "1"), ("a", "2"))
    with pytest.warns(LeadSquaredWarning, match="duplicate_header"):
        twice = NewWebhook(url=URL, trigger=Trigger.lead_create(), custom_headers=[("a", "1"), ("A", "2")])
    assert twice.custom_headers == (("a", "1"), ("A", "2"))


def test_a_value_of_a_wrong_kind_is_a_type_error() -> None:
    """These are the errors that a type checker reports."""
    keywords: list[dict[str, Any]] = [
        {"url": 5},
        {"trigger": "lead_create"},
        {"custom_headers": {"a": 5}},
        {"custom_headers": 5},
        {"notify_on_failure": "yes"},
        {"colour": "red"},
    ]
    for wrong in keywords:
        with pytest.raises(TypeError):
            NewWebhook(**{"url": URL, "trigger": Trigger.lead_create(), **wrong})


def test_a_webhook_cannot_be_changed() -> None:
    """It is valid by construction and immutable."""
    webhook = NewWebhook(url=URL, trigger=Trigger.lead_create())
    with pytest.raises(AttributeError):
        webhook.url = "ftp://example.com"  # type: ignore[misc]
    assert len({webhook, NewWebhook(url=URL, trigger=Trigger.lead_create())}) == 1
    assert webhook != NewWebhook(url=URL, trigger=Trigger.lead_update())
    assert webhook != "webhook"


def test_a_warning_points_at_the_line_that_asked_for_it() -> None:
    """Every constructor warns; filters by class can ignore the warning or raise it."""
    doors: list[Callable[[], NewWebhook]] = [
        lambda: NewWebhook(url="http://example.com", trigger=Trigger.lead_create()),
        lambda: NewWebhook.from_json('{"url": "http://example.com", "trigger": {"event": "lead_create"}}'),
        lambda: NewWebhook.from_dict({"url": "http://example.com", "trigger": {"event": "lead_create"}}),
    ]
    for line, door in enumerate(doors, start=doors[0].__code__.co_firstlineno):
        with pytest.warns(LeadSquaredWarning) as warned:
            webhook = door()
        (reported,) = warned
        assert (reported.filename, reported.lineno) == (__file__, line)
        assert isinstance(reported.message, LeadSquaredWarning)
        assert (reported.message.code, reported.message.field) == ("insecure_receiver", "url")
        assert [str(one) for one in webhook.warnings] == [str(reported.message)]
        with warnings.catch_warnings():
            warnings.simplefilter("error", LeadSquaredWarning)
            with pytest.raises(LeadSquaredWarning, match="https"):
                door()


def test_from_dict_takes_any_mapping_and_refuses_what_is_none() -> None:
    """Values of wrong types are violations, as in a file."""
    with pytest.raises(ValidationError) as refused:
        NewWebhook.from_dict({"url": 5, "trigger": {"event": "lead_create"}, "colour": None})
    assert [one.field for one in refused.value.violations] == ["url", "colour"]
    with pytest.raises(TypeError):
        NewWebhook.from_dict(5)  # type: ignore[arg-type]


def test_json_that_is_not_json_is_reported_by_the_rules() -> None:
    """Numbers that JSON lacks, and text that cannot be encoded, are covered."""
    for properties in (float("nan"), {"a": float("inf")}, "{", "\ud800"):
        try:
            Trigger.raw(28, properties=properties)
        except UnicodeEncodeError:
            continue
        with pytest.raises(ValidationError) as refused:
            NewWebhook(url=URL, trigger=Trigger.raw(28, properties=properties))
        assert [one.field for one in refused.value.violations] == ["trigger.properties"]
