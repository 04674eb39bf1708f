//! A ticket in JSON: an accepted ticket can be written and read again.
#![no_main]

use leadsquared_webhooks_core::Ticket;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|json: &str| {
    let Ok(ticket) = json.parse::<Ticket>() else { return };
    assert_eq!(ticket.to_json().parse::<Ticket>().expect("a ticket is read again"), ticket);
});
