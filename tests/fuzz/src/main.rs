//! The fuzzer: libFuzzer around the target that `FUZZ_TARGET` names. `tests/fuzz/run` builds and starts it.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use naas_fuzz::{Target, reshape, target};

static CHOSEN: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    target(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fuzz_target!(|input: &[u8]| CHOSEN(input));

// Octets are changed as libFuzzer likes, documents also as documents.
fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match reshape(&data[..size], seed).filter(|other| other.len() <= max_size.min(data.len())) {
        Some(other) => {
            data[..other.len()].copy_from_slice(&other);
            other.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
