"""Type aliases that several signatures use.

They are for type checkers; the package does not import this module.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, TypeAlias

Auth: TypeAlias = Literal["query", "headers"]
Codes: TypeAlias = Literal["documented", "observed"]
CustomHeadersForm: TypeAlias = Literal["array", "json_string"]
Status: TypeAlias = Literal["enabled", "disabled", "disabled_by_failures"]
OnMismatch: TypeAlias = Literal["keep", "roll_back"]
Roots: TypeAlias = Literal["platform", "bundled"]
ConnectCause: TypeAlias = Literal[
    "name_not_found",
    "name_server",
    "refused",
    "unreachable",
    "tls_unknown_issuer",
    "tls_expired",
    "tls_wrong_name",
    "tls_other",
    "proxy_authentication_needed",
    "proxy_refused",
    "proxy_other",
    "timeout",
    "other",
]
Operation: TypeAlias = Literal["create", "update", "delete", "retrieve"]
Outcome: TypeAlias = Literal["not_sent", "refused", "unknown"]
Seconds: TypeAlias = float | timedelta
QuotaLimit: TypeAlias = str | tuple[int, Seconds]
ContentType: TypeAlias = Literal["application/json", "application/x-www-form-urlencoded", "text/plain"]
EventName: TypeAlias = Literal[
    "landing_page_submission",
    "lead_activity_create",
    "lead_create",
    "lead_owner_change",
    "lead_stage_change",
    "lead_update",
    "task_create",
    "task_reminder",
    "lead_score_change",
    "lead_activity_update",
    "task_complete",
    "task_update",
    "lead_field_update",
    "opportunity_create",
    "opportunity_update",
    "opportunity_field_update",
    "opportunity_stage_update",
    "opportunity_delete",
    "raw",
]
