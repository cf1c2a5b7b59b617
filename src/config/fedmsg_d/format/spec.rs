//! One format specification: `05d` of `%05d` and `{:05d}`.

use super::super::heap::Heap;
use super::super::value::{Outcome, Value, unknown};
use super::{repr, text};

/// More digits after the point than any float has.
const MAX_PRECISION: usize = 400;

/// How one value is to be written.
pub(super) struct Spec {
    fill: char,
    /// `<`, `>`, `^`; `=` puts the fill between sign and digits. `None`: as the type has it.
    align: Option<char>,
    /// What stands before a number that is not negative.
    plus: Option<char>,
    width: usize,
    precision: Option<usize>,
    /// `d`, `s`, `f`, …; `None`: as the type has it.
    kind: Option<char>,
    /// Of `%`, which is looser about types than `.format()`.
    percent: bool,
}

impl Spec {
    /// What follows a `%`; also answers the rest of the text.
    pub(super) fn percent(text: &str) -> Outcome<(Self, &str)> {
        let flags = text.len() - text.trim_start_matches(['-', '+', ' ', '0']).len();
        let (flags, rest) = text.split_at(flags);
        let (width, rest) = number(rest)?;
        let (precision, rest) = precision(rest)?;
        let mut after = rest.chars();
        let kind = match after.next() {
            Some('i' | 'u') => 'd',
            Some(kind @ ('s' | 'r' | 'd' | 'x' | 'X' | 'o' | 'f' | 'F')) => kind,
            _ => return Err(unknown("this use of `%`")),
        };
        let align = match kind {
            _ if flags.contains('-') => Some('<'),
            's' | 'r' => Some('>'),
            _ if flags.contains('0') => Some('='),
            _ => Some('>'),
        };
        let plus = ['+', ' '].into_iter().find(|sign| flags.contains(*sign));
        let fill = if align == Some('=') { '0' } else { ' ' };
        let spec = Spec {
            fill,
            align,
            plus,
            width: width.unwrap_or(0),
            precision,
            kind: Some(kind),
            percent: true,
        };
        Ok((spec, after.as_str()))
    }

    /// What follows the `:` of a field.
    pub(super) fn braces(spec: &str) -> Outcome<Self> {
        let mut chars = spec.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_align = |c: Option<char>| c.is_some_and(|c| "<>^=".contains(c));
        let (fill, align, rest) = match (first, second) {
            (Some(fill), Some(align)) if is_align(second) => (fill, Some(align), chars.as_str()),
            (Some(align), _) if is_align(first) => (' ', Some(align), &spec[1..]),
            _ => (' ', None, spec),
        };
        let plus = rest.chars().next().filter(|c| "+- ".contains(*c));
        let rest = &rest[plus.map_or(0, char::len_utf8)..];
        let (fill, align) = match (align, rest.strip_prefix('0')) {
            (None, Some(_)) => ('0', Some('=')),
            _ => (fill, align),
        };
        let (width, rest) = number(rest)?;
        let (precision, rest) = precision(rest)?;
        let mut kinds = rest.chars();
        let kind = kinds.next();
        if kinds.next().is_some() || kind.is_some_and(|kind| !"sdxXobfF".contains(kind)) {
            return Err(unknown("this format"));
        }
        Ok(Spec {
            fill,
            align,
            plus: plus.filter(|sign| *sign != '-'),
            width: width.unwrap_or(0),
            precision,
            kind,
            percent: false,
        })
    }

    pub(super) fn render(&self, heap: &mut Heap, value: &Value) -> Outcome<String> {
        heap.spend_text(self.width)?;
        let mismatch = || unknown(format!("this format for a {}", value.type_name()));
        let kind = match (self.kind, value) {
            (Some(kind), _) => kind,
            (None, Value::Bool(_) | Value::Int(_)) => 'd',
            (None, Value::Float(_)) if self.precision.is_none() => 'g',
            (None, Value::Str(_)) => 's',
            _ => return Err(mismatch()),
        };
        match kind {
            's' | 'r' => {
                let is_text = self.percent || matches!(value, Value::Str(_));
                if !is_text || self.align == Some('=') || self.plus.is_some() && !self.percent {
                    return Err(mismatch());
                }
                let body = if kind == 'r' { repr(heap, value)? } else { text(heap, value)? };
                let kept = self.precision.unwrap_or(usize::MAX);
                Ok(self.pad(String::new(), body.chars().take(kept).collect(), '<'))
            }
            'f' | 'F' => {
                let float =
                    value.as_float().filter(|float| float.is_finite()).ok_or_else(mismatch)?;
                let digits = format!("{:.*}", self.precision.unwrap_or(6), float.abs());
                Ok(self.number(float.is_sign_negative(), digits))
            }
            'g' => {
                let digits = text(heap, value)?;
                let negative = digits.starts_with('-');
                Ok(self.number(negative, digits.trim_start_matches('-').to_owned()))
            }
            _ => {
                let int = match value {
                    Value::Float(float) if self.percent && kind == 'd' && float.abs() < 1e38 => {
                        *float as i128
                    }
                    value => value.as_int().ok_or_else(mismatch)?,
                };
                if self.precision.is_some() {
                    return Err(unknown("a precision for an int"));
                }
                let size = int.unsigned_abs();
                let digits = match kind {
                    'x' => format!("{size:x}"),
                    'X' => format!("{size:X}"),
                    'o' => format!("{size:o}"),
                    'b' => format!("{size:b}"),
                    _ => size.to_string(),
                };
                Ok(self.number(int < 0, digits))
            }
        }
    }

    fn number(&self, negative: bool, digits: String) -> String {
        let sign = if negative { Some('-') } else { self.plus };
        self.pad(sign.into_iter().collect(), digits, '>')
    }

    fn pad(&self, sign: String, body: String, default: char) -> String {
        let missing = self.width.saturating_sub(sign.len() + body.chars().count());
        let fill = |count: usize| self.fill.to_string().repeat(count);
        match self.align.unwrap_or(default) {
            '=' => format!("{sign}{}{body}", fill(missing)),
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }
}

/// Digits at the start of the text, and the rest.
fn number(text: &str) -> Outcome<(Option<usize>, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    if digits.is_empty() {
        return Ok((None, rest));
    }
    digits.parse().map(|number| (Some(number), rest)).map_err(|_| unknown("a width this large"))
}

/// `.digits` at the start of the text, and the rest.
fn precision(text: &str) -> Outcome<(Option<usize>, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Ok((None, text)) };
    match number(rest)? {
        (Some(digits), rest) if digits <= MAX_PRECISION => Ok((Some(digits), rest)),
        _ => Err(unknown("this precision")),
    }
}
