//! Generates the Kotlin and Swift sources from the debug library of `leadsquared-webhooks-ffi`. It
//! is `uniffi-bindgen` itself, in the version that the library was built with.

fn main() {
    uniffi::uniffi_bindgen_main();
}
