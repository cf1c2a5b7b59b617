//! base64 as fedmsg writes and reads it: wrapped at 76 characters when written, and read as
//! leniently as Python does.

/// Encodes in lines of 76 characters, each ended by a newline.
pub(super) fn encode(bytes: &[u8]) -> String {
    let flat = openssl::base64::encode_block(bytes);
    let mut wrapped = String::with_capacity(flat.len() + flat.len() / 76 + 1);
    let mut rest = flat.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(76));
        wrapped.push_str(line);
        wrapped.push('\n');
        rest = after;
    }
    wrapped
}

/// What each byte stands for: 0 to 63, padding, or nothing.
const SEXTETS: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [NOTHING; 256];
    let mut sextet = 0;
    while sextet < alphabet.len() {
        table[alphabet[sextet] as usize] = sextet as u8;
        sextet += 1;
    }
    table[b'=' as usize] = PADDING;
    table
};
const PADDING: u8 = 64;
const NOTHING: u8 = 65;

/// Decodes; characters outside the alphabet are skipped and whatever follows complete padding is
/// ignored. `None` when it is not ASCII, or is not padded.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut in_quad, mut pads) = (0u32, 0, 0);
    for &byte in text {
        let sextet = match SEXTETS[usize::from(byte)] {
            sextet @ 0..64 => sextet,
            PADDING if in_quad >= 2 => {
                pads += 1;
                if in_quad + pads >= 4 {
                    return Some(out);
                }
                continue;
            }
            _ => continue,
        };
        pads = 0;
        bits = bits << 6 | u32::from(sextet);
        if in_quad > 0 {
            // The second, third and fourth sextet of a quad each complete one byte.
            out.push((bits >> (6 - 2 * in_quad)) as u8);
        }
        in_quad = (in_quad + 1) % 4;
    }
    (in_quad == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decoding_is_as_lenient_as_pythons() {
        for (text, expected) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVs\r\nbG8=\n", Some("hello")),
            ("a!G@V_s bG8=", Some("hello")),
            ("aGVsbG8=trailing", Some("hello")),
            ("=aGVsbG8=", Some("hello")),
            ("aGVsbG8", None),
            ("aGVsb", None),
            ("aGVsbG8=\u{e9}", None),
            ("", Some("")),
        ] {
            let decoded = decode(text.as_bytes());
            assert_eq!(decoded.as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes: Vec<u8>) {
            let text = encode(&bytes);
            prop_assert!(text.lines().all(|line| line.len() <= 76));
            prop_assert_eq!(decode(text.as_bytes()).unwrap(), bytes);
        }
    }
}
