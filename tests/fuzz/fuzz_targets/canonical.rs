//! No bytes harm the parser, and what it accepts has one canonical text.
#![no_main]

use fedhub::canonical::{parse, to_vec};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(value) = parse(input) else { return };
    let text = to_vec(&value);
    assert!(text.is_ascii());
    assert_eq!(parse(&text).map(|again| to_vec(&again)), Ok(text));
});
