//! How the library for Kotlin and Swift is linked.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |what: &str| env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    let (system, machine, variant) = (target("OS"), target("ARCH"), target("ENV"));
    // Functions of the same code become one. These two link with lld, which can; others may not.
    if system == "android" || (system == "linux" && machine == "x86_64" && variant == "gnu") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--icf=all");
    }
    // Android 15 has devices with pages of 16 KB, which load no library that is aligned to less; so
    // do some of Linux.
    if ["android", "linux"].contains(&system.as_str()) {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
    // A tenth of a megabyte less; every Android from 6.0 on reads it, and no other loader does.
    if system == "android" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,--pack-dyn-relocs=android");
    }
}
