//! The JSON of the bus: parsed as Python's `json.loads` does, printed as fedmsg signs it.
//!
//! A signature covers the exact text that Python prints for
//! `json.dumps(message, sort_keys=True, separators=(",", ":"))`, so this module reproduces it byte
//! for byte: keys in code-point order, everything outside printable ASCII escaped, integers of any
//! size, floats as Python's `repr`, `NaN` and the infinities, lone surrogates. No general JSON
//! library does all of that, which is why this one is our own.
//!
//! ```
//! let value = fedhub::canonical::parse(br#"{"b": 1E22, "a": "\u00E9"}"#).unwrap();
//! assert_eq!(fedhub::canonical::to_vec(&value), br#"{"a":"\u00e9","b":1e+22}"#);
//! ```

mod parse;
mod print;
mod value;

pub use parse::{Error, parse};
pub use print::{to_vec, write_object_without};
pub use value::{Int, Object, Text, Value};

/// How deep arrays and objects may nest. CPython's own limit is a little above, and varies with
/// the depth of its caller.
pub const MAX_DEPTH: usize = 990;

/// How many bytes one document may have.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// How many digits an integer may have; CPython refuses more.
pub const MAX_INT_DIGITS: usize = 4300;
