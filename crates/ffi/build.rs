//! Linker options of the library for Kotlin and Swift.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let (system, machine, variant) = (target("OS"), target("ARCH"), target("ENV"));
    // Folds identical functions. These two targets link with lld, which supports it; others may
    // not.
    if system == "android" || (system == "linux" && machine == "x86_64" && variant == "gnu") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
    // Android 15 has devices with 16 KB pages, which load no library with a smaller alignment. So
    // do some Linux machines.
    if ["android", "linux"].contains(&system.as_str()) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
    // Saves 0.1 MB. Every Android since 6.0 supports it; no other loader does.
    if system == "android" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--pack-dyn-relocs=android");
    }
}
