//! What the text of one Python number or string literal means.

use super::lexer::Token;

/// A number of more characters than this is refused; the largest int that fits has 39 digits.
const MAX_DIGITS: usize = 200;

/// Whether `word` may stand directly before the quotes of a string.
pub(super) fn is_prefix(word: &str) -> bool {
    ["r", "u", "b", "br", "rb", "f", "fr", "rf"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

/// The token of a string with this prefix and this text between its quotes.
pub(super) fn string(prefix: &str, body: &str) -> Token {
    let has = |letter: char| prefix.chars().any(|c| c.eq_ignore_ascii_case(&letter));
    let raw = has('r');
    if has('b') {
        return Token::Bad("a bytes literal".into());
    }
    if has('f') {
        return Token::FString { body: body.into(), raw };
    }
    if raw {
        return Token::Str(body.into());
    }
    unescape(body).map_or_else(Token::Bad, Token::Str)
}

/// Undoes the backslash escapes of a string; unknown ones stay as they are, as in Python.
pub(super) fn unescape(body: &str) -> Result<String, String> {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\n' => after,
            '0'..='7' => {
                let digits = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                out.push(character(&rest[..digits], 8)?);
                &rest[digits..]
            }
            'x' => hexadecimal(after, 2, &mut out)?,
            'u' => hexadecimal(after, 4, &mut out)?,
            'U' => hexadecimal(after, 8, &mut out)?,
            'N' => return Err("a character given by its name".into()),
            _ => {
                match c {
                    '\\' | '\'' | '"' => out.push(c),
                    'a' => out.push('\x07'),
                    'b' => out.push('\x08'),
                    'f' => out.push('\x0c'),
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    'v' => out.push('\x0b'),
                    _ => out.extend(['\\', c]),
                }
                after
            }
        };
    }
    out.push_str(rest);
    Ok(out)
}

/// Reads exactly `digits` hexadecimal digits as one character; answers what follows them.
fn hexadecimal<'a>(text: &'a str, digits: usize, out: &mut String) -> Result<&'a str, String> {
    let code = text.get(..digits).filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()));
    let code = code.ok_or_else(|| format!("an escape that needs {digits} hexadecimal digits"))?;
    out.push(character(code, 16)?);
    Ok(&text[digits..])
}

fn character(code: &str, radix: u32) -> Result<char, String> {
    let code = u32::from_str_radix(code, radix).map_err(|error| error.to_string())?;
    char::from_u32(code).ok_or_else(|| format!("\\u{code:04x}, which is not a character"))
}

/// The token of a number.
pub(super) fn number(text: &str) -> Token {
    if text.len() > MAX_DIGITS {
        return Token::Bad("a number this long".into());
    }
    let lower = text.to_ascii_lowercase();
    let radix = match lower.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let digits = if radix == 10 { &lower[..] } else { &lower[2..] };
    let Some(digits) = without_underscores(digits, radix) else {
        return Token::Bad(format!("the number {text}"));
    };
    if digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        if radix == 10 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0') {
            return Token::Bad(format!("{text}: Python 3 has no numbers that begin with 0"));
        }
        return match i128::from_str_radix(&digits, radix) {
            Ok(int) => Token::Int(int),
            Err(_) => Token::Bad(format!("the number {text}")),
        };
    }
    let float =
        digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-'));
    match digits.parse() {
        Ok(value) if float && radix == 10 => Token::Float(value),
        _ => Token::Bad(format!("the number {text}")),
    }
}

/// Python allows single underscores between digits (and after the `0x`) and nowhere else.
fn without_underscores(digits: &str, radix: u32) -> Option<String> {
    let bytes = digits.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(|b| char::from(*b).is_digit(radix));
    let misplaced = |at: usize| {
        let before = if at == 0 { radix != 10 } else { digit(at - 1) };
        !before || !digit(at + 1)
    };
    let wrong = bytes.iter().enumerate().any(|(at, byte)| *byte == b'_' && misplaced(at));
    (!wrong && !digits.is_empty()).then(|| digits.replace('_', ""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, value) in [
            ("0", 0),
            ("000", 0),
            ("42", 42),
            ("1_000", 1000),
            ("0xFf", 255),
            ("0x_f", 15),
            ("0o17", 15),
            ("0b101", 5),
            ("99999999999999999999", 99_999_999_999_999_999_999),
        ] {
            assert_eq!(number(text), Token::Int(value), "{text}");
        }
        for (text, value) in [("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e-3", 0.001), ("0e0", 0.0)]
        {
            assert_eq!(number(text), Token::Float(value), "{text}");
        }
        for text in
            ["0777", "10L", "1j", "1__0", "1_", "0x", "0b2", "1e", "1.2.3", "1_.5", "1e_5", "1abc"]
        {
            assert!(matches!(number(text), Token::Bad(_)), "{text}");
        }
    }

    #[test]
    fn strings() {
        for (prefix, body, value) in [
            ("", r"a\tb\\n", "a\tb\\n"),
            ("", r"\x41\u00e9\U0001F600\101\0", "Aé😀A\0"),
            ("", r"^org\.fedoraproject", r"^org\.fedoraproject"),
            ("", "a\\\nb", "ab"),
            ("r", r"\n\'", r"\n\'"),
            ("U", "é", "é"),
        ] {
            assert_eq!(string(prefix, body), Token::Str(value.into()), "{body}");
        }
        for (prefix, body) in
            [("b", "a"), ("Rb", "a"), ("", r"\xg1"), ("", r"\ud800"), ("", r"\N{DASH}")]
        {
            assert!(matches!(string(prefix, body), Token::Bad(_)), "{body}");
        }
    }
}
