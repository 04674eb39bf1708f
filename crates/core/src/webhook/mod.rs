//! A webhook: its values, its trigger, drafts of it, validation and warnings.

pub(crate) mod by_text;
pub(crate) mod content_type;
pub(crate) mod custom_headers;
pub(crate) mod draft;
pub(crate) mod event;
pub(crate) mod event_code;
pub(crate) mod existing;
pub(crate) mod filter;
pub(crate) mod landing_pages;
pub(crate) mod members;
pub(crate) mod name;
pub(crate) mod new_webhook;
pub(crate) mod raw_json;
pub(crate) mod receiver_url;
pub(crate) mod stage_change;
pub(crate) mod trigger;
pub(crate) mod validation;
pub(crate) mod warning;
pub(crate) mod webhook_id;
