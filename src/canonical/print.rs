//! The printer: the one text Python prints for a value with sorted keys and no spaces.

use std::io::Write;

use super::value::{Int, Object, Text, Value};

/// The canonical text of a value; it is ASCII.
pub fn to_vec(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write_value(value, &mut out);
    out
}

/// Appends the canonical text of `object` without the members named in `left_out`.
///
/// This is how a signed text is made: the message without `signature` and `certificate`.
pub fn write_object_without(object: &Object, left_out: &[&str], out: &mut Vec<u8>) {
    out.push(b'{');
    let mut first = true;
    for (key, value) in object.iter() {
        if left_out.iter().any(|name| name.as_bytes() == key.as_bytes()) {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        write_text(key, out);
        out.push(b':');
        write_value(value, out);
    }
    out.push(b'}');
}

/// Recursion is safe: the parser nests no deeper than [`super::MAX_DEPTH`].
fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(Int::Small(number)) => {
            write!(out, "{number}").expect("writing to memory does not fail");
        }
        Value::Int(Int::Big(digits)) => out.extend_from_slice(digits.as_bytes()),
        Value::Float(number) => write_float(*number, out),
        Value::Str(text) => write_text(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(object) => write_object_without(object, &[], out),
    }
}

/// A float as Python's `repr` lays it out: the shortest digits that read back as the same number,
/// with an exponent of at least two digits when the decimal point is far from them.
fn write_float(number: f64, out: &mut Vec<u8>) {
    if !number.is_finite() {
        let name: &[u8] = match number {
            _ if number.is_nan() => b"NaN",
            _ if number > 0.0 => b"Infinity",
            _ => b"-Infinity",
        };
        return out.extend_from_slice(name);
    }
    if number.is_sign_negative() {
        out.push(b'-');
    }
    if number == 0.0 {
        return out.extend_from_slice(b"0.0");
    }
    let (digits, point) = shortest_digits(number.abs());
    let count = digits.len() as i32;
    if point > 16 || point <= -4 {
        out.push(digits[0]);
        if count > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        let exponent = point - 1;
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "e{sign}{:02}", exponent.abs()).expect("writing to memory does not fail");
    } else if point <= 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + point.unsigned_abs() as usize, b'0');
        out.extend_from_slice(&digits);
    } else if point >= count {
        out.extend_from_slice(&digits);
        out.resize(out.len() + (point - count) as usize, b'0');
        out.extend_from_slice(b".0");
    } else {
        out.extend_from_slice(&digits[..point as usize]);
        out.push(b'.');
        out.extend_from_slice(&digits[point as usize..]);
    }
}

/// The shortest digits of a positive number without zeros at either end, and how many of them stand
/// before the decimal point (negative: that many zeros follow it).
fn shortest_digits(number: f64) -> (Vec<u8>, i32) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(number);
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().unwrap_or(0)),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let leading_zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let point = whole.len() as i32 + exponent - leading_zeros as i32;
    digits.drain(..leading_zeros);
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
    (digits, point)
}

fn write_text(text: &Text, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    // Most texts need no escape at all. Looking at every byte, with no way out half way, is what the
    // compiler makes fastest.
    if rest.iter().fold(true, |plain, &byte| plain & is_plain(byte)) {
        out.extend_from_slice(rest);
        rest = &[];
    }
    while !rest.is_empty() {
        let plain = rest.iter().position(|b| !is_plain(*b)).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        if !rest.is_empty() {
            let (code, length) = decode_wtf8(rest);
            write_escape(code, out);
            rest = &rest[length..];
        }
    }
    out.push(b'"');
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x7F).contains(&byte) && byte != b'"' && byte != b'\\'
}

/// The first code point of WTF-8 bytes, and how many bytes it takes.
fn decode_wtf8(bytes: &[u8]) -> (u32, usize) {
    let (length, lead_bits) = match bytes[0] {
        0x00..0x80 => (1, 0x7F),
        0x80..0xE0 => (2, 0x1F),
        0xE0..0xF0 => (3, 0x0F),
        0xF0.. => (4, 0x07),
    };
    let lead = u32::from(bytes[0] & lead_bits);
    let code = bytes[1..length].iter().fold(lead, |code, &byte| code << 6 | u32::from(byte & 0x3F));
    (code, length)
}

fn write_escape(code: u32, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match code {
        0x22 => b'"',
        0x5C => b'\\',
        0x08 => b'b',
        0x0C => b'f',
        0x0A => b'n',
        0x0D => b'r',
        0x09 => b't',
        _ => {
            let mut unit = |unit: u32| {
                out.extend_from_slice(b"\\u");
                out.extend([12, 8, 4, 0].map(|shift| HEX[(unit >> shift & 0xF) as usize]));
            };
            if code >= 0x1_0000 {
                unit(0xD800 + ((code - 0x1_0000) >> 10));
                unit(0xDC00 + ((code - 0x1_0000) & 0x3FF));
            } else {
                unit(code);
            }
            return;
        }
    };
    out.extend([b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::super::{MAX_DEPTH, parse};
    use super::*;
    use proptest::prelude::*;

    fn canonical(input: &str) -> String {
        String::from_utf8(to_vec(&parse(input.as_bytes()).unwrap())).unwrap()
    }

    #[test]
    fn numbers_are_printed_as_python_prints_them() {
        for (input, expected) in [
            ("-0", "0"),
            ("-0.0", "-0.0"),
            ("0e5", "0.0"),
            ("1e16", "1e+16"),
            ("1e15", "1000000000000000.0"),
            ("123456789012345678", "123456789012345678"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e-4", "0.0001"),
            ("1E-5", "1e-05"),
            ("1.5e300", "1.5e+300"),
            ("1e400", "Infinity"),
            ("-1e400", "-Infinity"),
            ("5e-324", "5e-324"),
            ("0.10", "0.1"),
            ("100.25", "100.25"),
            ("NaN", "NaN"),
        ] {
            assert_eq!(canonical(input), expected, "{input}");
        }
    }

    #[test]
    fn strings_are_ascii_and_keys_in_code_point_order() {
        assert_eq!(canonical("\"é/\u{7f}😀\\u0000\\b\""), r#""\u00e9/\u007f\ud83d\ude00\u0000\b""#);
        assert_eq!(canonical(r#""\ud83d""#), r#""\ud83d""#);
        assert_eq!(
            canonical("{\"😀\":1,\"\u{ffff}\":2,\"B\":3,\"a\":4}"),
            r#"{"B":3,"a":4,"\uffff":2,"\ud83d\ude00":1}"#
        );
    }

    #[test]
    fn the_deepest_document_prints() {
        let deepest = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert_eq!(canonical(&deepest), deepest);
    }

    proptest! {
        #[test]
        fn every_finite_float_reads_back(bits: u64) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            let mut out = Vec::new();
            write_float(number, &mut out);
            let text = String::from_utf8(out).unwrap();
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), number.to_bits());
        }

        #[test]
        fn canonical_text_is_a_fixed_point(input in "[\\[\\]{}\":,0-9eE.+a-zNI\\\\ud8-]{0,64}") {
            if let Ok(value) = parse(input.as_bytes()) {
                let once = to_vec(&value);
                prop_assert_eq!(to_vec(&parse(&once).unwrap()), once);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(input: Vec<u8>) {
            if let Ok(value) = parse(&input) {
                to_vec(&value);
            }
        }
    }
}
