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
    // Android 15 has devices with pages of 16 KB, which load no library that is aligned to less.
    if system == "android" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,max-page-size=16384");
    }
}
