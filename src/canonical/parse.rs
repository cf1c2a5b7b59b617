//! The parser: accepts what `json.loads` accepts of a text, refuses what it refuses.
//!
//! It keeps its own stack of open arrays and objects, so nesting can never overflow the thread's.

use super::value::{Bytes, Int, Object, Text, Value};
use super::{MAX_BYTES, MAX_DEPTH, MAX_INT_DIGITS};

/// Why a document is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} column {column}: {reason}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub reason: &'static str,
}

impl Error {
    fn at(input: &[u8], offset: usize, reason: &'static str) -> Self {
        let before = &input[..offset.min(input.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        // Characters, not bytes: the bytes that continue a character do not count.
        let column = before[line_start..].iter().filter(|&&b| b & 0xC0 != 0x80).count() + 1;
        Self { line, column, reason }
    }
}

/// Parses one document: UTF-8, at most [`MAX_BYTES`] long and [`MAX_DEPTH`] deep.
pub fn parse(input: &[u8]) -> Result<Value, Error> {
    if input.len() > MAX_BYTES {
        return Err(Error::at(&[], 0, "the document is larger than 64 MiB"));
    }
    if let Err(error) = std::str::from_utf8(input) {
        return Err(Error::at(input, error.valid_up_to(), "not UTF-8"));
    }
    let mut parser = Parser { input, at: 0 };
    parser.document().map_err(|reason| Error::at(input, parser.at, reason))
}

type Reason = &'static str;

/// An array or object whose end has not been seen. An object also holds the key whose value is next.
enum Open {
    Array(Vec<Value>),
    Object(Vec<(Text, Value)>, Text),
}

struct Parser<'a> {
    input: &'a [u8],
    /// The offset of the next byte, and after a failure of what is wrong.
    at: usize,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Value, Reason> {
        if self.input.starts_with("\u{feff}".as_bytes()) {
            return Err("a byte order mark is not part of JSON");
        }
        let value = self.value()?;
        self.skip_space();
        if self.at < self.input.len() {
            return Err("unexpected text after the document");
        }
        Ok(value)
    }

    fn value(&mut self) -> Result<Value, Reason> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            // Ends with a finished value, or opens a container and goes round for its first element.
            let mut done = match self.peek_token() {
                Some(b'{') => {
                    self.enter(&open)?;
                    if self.peek_token() == Some(b'}') {
                        self.at += 1;
                        Value::Object(Object::new())
                    } else {
                        open.push(Open::Object(Vec::new(), self.key()?));
                        continue;
                    }
                }
                Some(b'[') => {
                    self.enter(&open)?;
                    if self.peek_token() == Some(b']') {
                        self.at += 1;
                        Value::Array(Vec::new())
                    } else {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                }
                _ => self.scalar()?,
            };
            // Puts the finished value where it belongs, closing as many containers as end here.
            loop {
                done = match open.last_mut() {
                    None => return Ok(done),
                    Some(Open::Array(items)) => {
                        items.push(done);
                        match self.peek_token() {
                            Some(b',') => {
                                self.at += 1;
                                break;
                            }
                            Some(b']') => Value::Array(std::mem::take(items)),
                            _ => return Err("expected ',' or ']'"),
                        }
                    }
                    Some(Open::Object(members, key)) => {
                        members.push((std::mem::take(key), done));
                        match self.peek_token() {
                            Some(b',') => {
                                self.at += 1;
                                *key = self.key()?;
                                break;
                            }
                            Some(b'}') => {
                                Value::Object(Object::from_members(std::mem::take(members)))
                            }
                            _ => return Err("expected ',' or '}'"),
                        }
                    }
                };
                self.at += 1;
                open.pop();
            }
        }
    }

    fn enter(&mut self, open: &[Open]) -> Result<(), Reason> {
        if open.len() >= MAX_DEPTH {
            return Err("nested deeper than 990 levels");
        }
        self.at += 1;
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.input.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte that is not white space, not yet consumed.
    fn peek_token(&mut self) -> Option<u8> {
        self.skip_space();
        self.input.get(self.at).copied()
    }

    fn key(&mut self) -> Result<Text, Reason> {
        if self.peek_token() != Some(b'"') {
            return Err("expected a key in double quotes");
        }
        let key = self.string()?;
        if self.peek_token() != Some(b':') {
            return Err("expected ':' after the key");
        }
        self.at += 1;
        Ok(key)
    }

    fn scalar(&mut self) -> Result<Value, Reason> {
        const WORDS: [(&[u8], Value); 6] = [
            (b"null", Value::Null),
            (b"true", Value::Bool(true)),
            (b"false", Value::Bool(false)),
            (b"NaN", Value::Float(f64::NAN)),
            (b"Infinity", Value::Float(f64::INFINITY)),
            (b"-Infinity", Value::Float(f64::NEG_INFINITY)),
        ];
        let rest = &self.input[self.at..];
        match rest.first() {
            Some(b'"') => return self.string().map(Value::Str),
            Some(b'0'..=b'9') => return self.number(),
            Some(b'-') if rest.get(1).is_some_and(u8::is_ascii_digit) => return self.number(),
            _ => {}
        }
        for (word, value) in WORDS {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err("expected a value")
    }

    fn number(&mut self) -> Result<Value, Reason> {
        let start = self.at;
        let digits = |mut at: usize| {
            while self.input.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let whole = start + usize::from(self.input[start] == b'-');
        // A leading zero stands alone; what follows it is then unexpected text.
        let mut end = if self.input[whole] == b'0' { whole + 1 } else { digits(whole) };
        let int_end = end;
        if self.input.get(end) == Some(&b'.') {
            let fraction_end = digits(end + 1);
            if fraction_end > end + 1 {
                end = fraction_end;
            }
        }
        if let Some(b'e' | b'E') = self.input.get(end) {
            let sign = usize::from(matches!(self.input.get(end + 1), Some(b'+' | b'-')));
            let exponent_end = digits(end + 1 + sign);
            if exponent_end > end + 1 + sign {
                end = exponent_end;
            }
        }
        if end == int_end && end - whole > MAX_INT_DIGITS {
            return Err("an integer of more than 4300 digits");
        }
        let text = std::str::from_utf8(&self.input[start..end]).unwrap_or_default();
        let value = if end > int_end {
            Value::Float(text.parse().map_err(|_| "expected a number")?)
        } else {
            Value::Int(match text.parse() {
                Ok(number) => Int::Small(number),
                Err(_) => Int::Big(text.into()),
            })
        };
        self.at = end;
        Ok(value)
    }

    /// A string; `self.at` is at its opening quote.
    fn string(&mut self) -> Result<Text, Reason> {
        let start = self.at;
        self.at += 1;
        let mut out = Bytes::new();
        loop {
            let rest = &self.input[self.at..];
            let end = memchr::memchr2(b'"', b'\\', rest);
            let run = &rest[..end.unwrap_or(rest.len())];
            // Looking at all of them, with no way out half way, is what the compiler makes fastest.
            if run.iter().fold(false, |found, &byte| found | (byte < 0x20)) {
                self.at += run.iter().take_while(|&&byte| byte >= 0x20).count();
                return Err("a control character in a string must be escaped");
            }
            if end.is_none() {
                self.at = start;
                return Err("the string is not closed");
            }
            out.extend_from_slice(run);
            self.at += run.len();
            if self.input[self.at] == b'"' {
                self.at += 1;
                return Ok(Text::from_wtf8(out));
            }
            if out.len() == run.len() {
                // The first escape. A certificate has many; make room for the rest at once.
                out.reserve(memchr::memchr(b'"', &self.input[self.at..]).unwrap_or_default());
            }
            self.escape(&mut out)?;
        }
    }

    /// An escape; `self.at` is at its backslash.
    fn escape(&mut self, out: &mut Bytes) -> Result<(), Reason> {
        let plain = match self.input.get(self.at + 1) {
            None => return Err("the string is not closed"),
            Some(b'u') => return self.unicode_escape(out),
            Some(&b @ (b'"' | b'\\' | b'/')) => b,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(_) => return Err("an unknown escape"),
        };
        out.push(plain);
        self.at += 2;
        Ok(())
    }

    fn unicode_escape(&mut self, out: &mut Bytes) -> Result<(), Reason> {
        let unit = self.hex_unit()?;
        let mut code = u32::from(unit);
        if (0xD800..0xDC00).contains(&unit) && self.input[self.at..].starts_with(b"\\u") {
            let after_first = self.at;
            let low = self.hex_unit()?;
            if (0xDC00..0xE000).contains(&low) {
                code = 0x1_0000 + ((code - 0xD800) << 10) + (u32::from(low) - 0xDC00);
            } else {
                // The first stays a lone surrogate; the second is read again on its own.
                self.at = after_first;
            }
        }
        match char::from_u32(code) {
            Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => out.extend_from_slice(&surrogate_bytes(unit)),
        }
        Ok(())
    }

    /// The four hexadecimal digits of an escape; `self.at` is at its backslash.
    fn hex_unit(&mut self) -> Result<u16, Reason> {
        let digits = self.input.get(self.at + 2..self.at + 6).unwrap_or_default();
        if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err("expected four hexadecimal digits after \\u");
        }
        let unit = digits.iter().fold(0, |unit, &digit| {
            unit << 4 | char::from(digit).to_digit(16).unwrap_or_default() as u16
        });
        self.at += 6;
        Ok(unit)
    }
}

/// The three bytes of a lone surrogate in WTF-8.
fn surrogate_bytes(unit: u16) -> [u8; 3] {
    [0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(input: &str) -> (usize, usize, &'static str) {
        let Error { line, column, reason } = parse(input.as_bytes()).unwrap_err();
        (line, column, reason)
    }

    #[test]
    fn errors_name_line_column_and_reason() {
        assert_eq!(refused(""), (1, 1, "expected a value"));
        assert_eq!(refused("[1,\n  é]"), (2, 3, "expected a value"));
        assert_eq!(refused("[\"é\" 1]"), (1, 6, "expected ',' or ']'"));
        assert_eq!(refused("{} {}"), (1, 4, "unexpected text after the document"));
        assert_eq!(refused("{\"a\":1,}"), (1, 8, "expected a key in double quotes"));
        assert_eq!(refused("[\"abc"), (1, 2, "the string is not closed"));
        assert_eq!(refused("[\"abc\\"), (1, 6, "the string is not closed"));
        assert_eq!(refused("01"), (1, 2, "unexpected text after the document"));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
        let error = parse(b"[\"\xff\"]").unwrap_err();
        assert_eq!((error.column, error.reason), (3, "not UTF-8"));
    }

    #[test]
    fn depth_is_limited_and_cannot_overflow_the_stack() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(refused(&nested(MAX_DEPTH + 1)).2, "nested deeper than 990 levels");
        assert!(parse("[".repeat(10_000_000).as_bytes()).is_err());
        assert!(parse("{\"a\":".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn integers_have_at_most_4300_digits() {
        assert!(parse("7".repeat(4300).as_bytes()).is_ok());
        assert!(parse(("-".to_owned() + &"7".repeat(4300)).as_bytes()).is_ok());
        assert_eq!(refused(&"7".repeat(4301)).2, "an integer of more than 4300 digits");
        assert!(parse(("7".repeat(4301) + ".0").as_bytes()).is_ok());
    }

    #[test]
    fn surrogates_pair_up_or_stay_alone() {
        let bytes = |text: &str| match parse(text.as_bytes()).unwrap() {
            Value::Str(text) => text.as_bytes().to_vec(),
            other => other.as_str().unwrap().into(),
        };
        assert_eq!(bytes(r#""\ud83d\ude00""#), "😀".as_bytes());
        assert_eq!(bytes(r#""\ud83d""#), [0xED, 0xA0, 0xBD]);
        assert_eq!(
            bytes(r#""\ud83d\ud83d\ude00""#),
            [&[0xED, 0xA0, 0xBD], "😀".as_bytes()].concat()
        );
        assert_eq!(bytes(r#""\ude00\ud83d""#), [0xED, 0xB8, 0x80, 0xED, 0xA0, 0xBD]);
    }
}
