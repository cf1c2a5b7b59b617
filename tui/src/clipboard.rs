//! Copying through the terminal: the sequence OSC 52, which works over SSH as well.

use openssl::base64::encode_block;

/// How many bytes can be copied: terminals take sequences of up to 100,000 bytes.
const MOST: usize = 74_994;

/// What asks the terminal to copy a text. In tmux it is asked a second time, past tmux, for one that may
/// not touch the clipboard itself but lets programs speak to the terminal.
pub(crate) fn sequence(text: &str, in_tmux: bool) -> Result<String, String> {
    if text.len() > MOST {
        return Err(format!(
            "{} bytes are too many to copy: terminals take {}",
            crate::text::count(text.len() as u64),
            crate::text::count(MOST as u64)
        ));
    }
    let copy = format!("\x1b]52;c;{}\x07", encode_block(text.as_bytes()));
    Ok(match in_tmux {
        false => copy,
        // Escape characters inside are doubled.
        true => format!("{copy}\x1bPtmux;\x1b{copy}\x1b\\"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_copied_as_base64_and_not_too_much_of_it() {
        assert_eq!(sequence("2026-1\u{1b}[2J", false).unwrap(), "\x1b]52;c;MjAyNi0xG1sySg==\x07");
        let passed_on = "\x1b]52;c;eA==\x07\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\";
        assert_eq!(sequence("x", true).unwrap(), passed_on);
        assert!(sequence(&"x".repeat(MOST), false).unwrap().len() <= 100_000);
        let why = sequence(&"x".repeat(MOST + 1), false).unwrap_err();
        assert_eq!(why, "74,995 bytes are too many to copy: terminals take 74,994");
    }
}
