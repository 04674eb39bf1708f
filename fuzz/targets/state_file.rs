//! A state file: a file that was read can be written and read again. The input lines also become
//! entries of one account, with valid checksums; without these, none would be read.
#![no_main]

use leadsquared_webhooks_core::reconcile::{StoredAccount, StoredState};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};

fuzz_target!(|bytes: &[u8]| {
    let _ = StoredState::parse(bytes);
    let mut file = StoredState::default().to_bytes();
    for entry in bytes.split(|byte| *byte == b'\n') {
        let account = format!(r#"{{"account":"{:064}","entry":"#, 0);
        let json = [account.as_bytes(), entry, b"}"].concat();
        let checksum = Sha256::digest(&json).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        file.extend([checksum.as_bytes(), b" ", &json, b"\n"].concat());
    }
    for file in [file.as_slice(), &file[..file.len() - 1]] {
        let Ok(mut state) = StoredState::parse(file) else { continue };
        state.torn_from = None;
        state.accounts.retain(|_, account| *account != StoredAccount::default());
        assert_eq!(StoredState::parse(&state.to_bytes()).as_ref(), Ok(&state), "what is written is read");
    }
});
