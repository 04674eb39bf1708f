//! The native part of the Python package `leadsquared-webhooks`: a thin binding layer without
//! domain rules.
//!
//! | file | concept |
//! | --- | --- |
//! | `webhook`, `trigger` | the webhook to create |
//! | `client`, `async_client`, `wake_queue` | the two clients, and how a call wakes its event loop |
//! | `settings`, `options`, `quota`, `time`, `many` | their keyword arguments |
//! | `request`, `beside` | prepared calls, and those that run in the background thread |
//! | `answer`, `attempt`, `outcome`, `pending` | the results of calls |
//! | `existing`, `ticket` | an existing webhook, and a create to resolve |
//! | `manifest` | the webhooks of several accounts, planned and applied |
//! | `progress` | the progress of a run, and what it waits for |
//! | `exceptions`, `violation` | errors |
//! | `runtime`, `process` | where calls run, and what a child after `fork()` does not inherit |
//! | `logging` | events for Python's `logging` |
//! | `sandbox`, `command` | the sandbox and the command line |
#![deny(unsafe_code)]
#![allow(
    clippy::doc_markdown,
    clippy::doc_link_with_quotes,
    reason = "most of these comments are docstrings, and Python's help shows them as they are"
)]
#![allow(
    clippy::unnecessary_wraps,
    clippy::needless_pass_by_value,
    clippy::too_many_arguments,
    reason = "the crossing to Python decides on the form of its functions"
)]

mod answer;
mod async_client;
mod attempt;
mod beside;
mod client;
mod command;
mod exceptions;
mod existing;
mod json;
mod logging;

mod manifest;
mod many;
mod options;
mod outcome;
mod pending;
mod process;
mod progress;
mod quota;
mod request;
mod runtime;
mod sandbox;
mod settings;
mod ticket;
mod time;
mod trigger;
mod violation;
mod wake_queue;
mod webhook;

use pyo3::prelude::*;

/// The native part of ``leadsquared_webhooks``.
#[pymodule(gil_used = true)]
mod _native {
    #[pymodule_export]
    use crate::{
        async_client::{AsyncCalls, Call},
        attempt::{Attempt, Created},
        client::Client,
        command::run_command,
        existing::{Difference, Webhook},
        manifest::{
            Applied, AppliedToAccount, DesiredWebhook, Manifest, ManifestAccount, PlanOfAccount, apply, plan,
            prepare_apply, prepare_plan,
        },
        outcome::{Changed, Reconciled},
        pending::PendingCall,
        progress::Progress,
        quota::Quota,
        sandbox::{ClientReport, Finding, ReceivedRequest, Sandbox, StoredWebhook},
        ticket::Ticket,
        trigger::Trigger,
        violation::{ConfigProblem, Violation},
        wake_queue::WakeQueue,
        webhook::{NewWebhook, Request},
    };

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        crate::process::refuse_sub_interpreter(module.py())?;
        crate::logging::load(module.py())
    }

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
