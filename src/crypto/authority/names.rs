//! Names, texts and serial numbers as people type them.

use openssl::bn::BigNum;

use super::openssl_failed;
use crate::{Error, Kind, Result};

/// Refuses a name that cannot be both a file name and a common name.
pub(super) fn check_name(name: &str) -> Result<()> {
    let why = if name.starts_with(['.', '-']) {
        "it begins with '.' or '-'"
    } else if name.contains('/') {
        "it becomes a file name and contains '/'"
    } else if !name.chars().all(|c| c.is_ascii_graphic()) {
        "it contains something else than visible ASCII characters"
    } else if name.eq_ignore_ascii_case("ca") {
        "ca.crt and ca.key are the authority's own"
    } else {
        return check_text("certificate name", name);
    };
    let message = format!("bad certificate name {name:?}: {why}");
    Err(Error::new(Kind::Usage, message).hint("use the service and the host, as in shell.app01"))
}

/// Refuses text that cannot stand in a subject.
pub(super) fn check_text(what: &str, text: &str) -> Result<()> {
    let why = if text.is_empty() {
        "it is empty"
    } else if text.chars().count() > 64 {
        "X.520 allows 64 characters"
    } else if text.chars().any(char::is_control) {
        "it contains a control character"
    } else {
        return Ok(());
    };
    Err(Error::new(Kind::Usage, format!("bad {what} {text:?}: {why}")))
}

/// A serial number as typed (`0x`, colons and either case are fine) in our own spelling.
pub(super) fn parse_serial(text: &str) -> Result<String> {
    let digits = text.strip_prefix("0x").unwrap_or(text).replace(':', "");
    // RFC 5280 allows 20 bytes.
    if (1..=40).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        let number = BigNum::from_hex_str(&digits).and_then(|number| number.to_hex_str());
        return Ok(number.map_err(openssl_failed)?.to_string());
    }
    let message = format!("bad serial number {text:?}: it is 1 to 40 hexadecimal digits");
    Err(Error::new(Kind::Usage, message).hint("see the serial numbers: fedhub certs list"))
}
