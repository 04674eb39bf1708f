//! The names of the wire's members that a rule of the webhook depends on.

/// The members that every create has, *documented*.
pub(crate) const STANDARD_MEMBERS: [&str; 10] = [
    "Description",
    "URL",
    "Method",
    "ContentType",
    "WebhookEvent",
    "LandingPageUrls",
    "IsSpecificLandingPage",
    "NotifyOnFailure",
    "WebhookProperties",
    "CustomHeaders",
];

/// The stage before a stage change, *documented*.
pub(crate) const STAGE_FROM: &str = "StageFrom";
/// The stage after a stage change, *documented*.
pub(crate) const STAGE_TO: &str = "StageTo";
