//! Documents to compare two readers of JSON on: valid ones of every shape, oddly written, and ones
//! that are almost valid.

use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// Few, so that they repeat within an object; each is spelled differently every time.
#[rustfmt::skip]
const KEYS: [&str; 14] =
    ["", "a", "b", "B", "aa", "topic", "é", "ﬀ", "\u{ffff}", "😀", "\0", "\u{7f}", "\"", "/\\"];

/// Characters that one reader or the other may take for something else.
#[rustfmt::skip]
const CHARACTERS: [char; 12] = [
    'é', 'ż', '\u{7f}', '\u{80}', '\u{7ff}', '\u{800}', '\u{2028}', '\u{feff}', '\u{ffff}',
    '\u{10000}', '😀', '\u{10ffff}',
];

/// Numbers at the ends of what a float can hold, and where `repr` changes its form.
#[rustfmt::skip]
const NUMBERS: [&str; 30] = [
    "-0", "-0.0", "0e0", "-0E-5", "1E+5", "1e-7", "0.0001", "0.00001", "1e15", "1e16", "1e22",
    "1e23", "123456789012345678e-2", "9007199254740993.0", "9007199254740992.5", "5e-324",
    "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072011e-308",
    "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308",
    "1.7976931348623159e308", "1e308", "1e309", "-1e309", "1e-400", "1e99999999999999999999",
    "0e99999999999999999999", "1e-99999999999999999999",
];

/// Values that are not values.
#[rustfmt::skip]
const WRONG: [&str; 53] = [
    "nan", "Nan", "-NaN", "+NaN", "inf", "infinity", "+Infinity", "-Infinit", "-infinity",
    "InfinityNaN", "True", "None", "nul", "tru", "truefalse", "'a'", "a", "01", "-01", "00", "+1",
    "--1", "-", "- 1", ".5", "-.5", "1.", "1.e5", "1e", "1e+", "1e5.5", "1.2.3", "0x10", "1_000",
    "1 2", "１", "\u{a0}1", "\u{feff}1", "\u{b}1", "\u{c}1", "\0", "/*c*/1", "[1,]", "[,1]", "[",
    "]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{1:2}", "{\"a\" 1}", "1 //c",
];

/// Strings that are not strings.
#[rustfmt::skip]
const WRONG_STRINGS: [&str; 16] = [
    "\"", "\"abc", "\"\\", "\"\\\"", "\"\\x41\"", "\"\\q\"", "\"\\u12\"", "\"\\u\"", "\"\\ud83\"",
    "\"\\u{1F600}\"", "\"\\u 041\"", "\"\\u+041\"", "\"\\u00_1\"", "\"\\U0041\"", "\"\\ud83d\\u\"",
    "\"\\u００41\"",
];

/// How deep a document that nests deeply may be. Where Python gives up depends on its own stack, so
/// what lies between tells nothing.
const DEEP: std::ops::RangeInclusive<usize> = 100..=900;
const TOO_DEEP: std::ops::RangeInclusive<usize> = 1011..=3000;

/// An endless supply of documents, the same for the same seed.
pub(super) struct Documents {
    random: TestRng,
    text: Vec<u8>,
}

impl Documents {
    pub(super) fn new(seed: u64) -> Self {
        let seed = seed.to_le_bytes().repeat(2);
        Self { random: TestRng::from_seed(RngAlgorithm::XorShift, &seed), text: Vec::new() }
    }

    /// The next document, as one line.
    pub(super) fn next(&mut self) -> Vec<u8> {
        self.text.clear();
        if self.one_in(250) {
            self.nested();
        } else {
            self.value(0);
            if self.one_in(3) {
                self.damage();
            }
        }
        for byte in &mut self.text {
            if *byte == b'\n' {
                *byte = b' ';
            }
        }
        self.text.clone()
    }

    fn one_in(&mut self, times: u32) -> bool {
        self.below(times as usize) == 0
    }

    fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn put_char(&mut self, character: char) {
        self.put(character.encode_utf8(&mut [0; 4]));
    }

    fn space(&mut self) {
        while self.one_in(4) {
            let space = self.pick(&[" ", " ", "\t", "\r", "\n"]);
            self.put(space);
        }
    }

    fn value(&mut self, depth: usize) {
        self.space();
        // Below the top, more often something that ends the nesting.
        match self.below(8 + 3 * depth) {
            0..=1 => self.array(depth),
            2..=4 => self.object(depth),
            _ if self.one_in(60) => {
                let wrong =
                    if self.one_in(3) { self.pick(&WRONG_STRINGS) } else { self.pick(&WRONG) };
                self.put(wrong);
            }
            _ => match self.below(10) {
                0..=3 => self.number(),
                4..=8 => self.string(),
                _ => {
                    let word =
                        self.pick(&["null", "true", "false", "NaN", "Infinity", "-Infinity"]);
                    self.put(word);
                }
            },
        }
        self.space();
    }

    fn array(&mut self, depth: usize) {
        self.put("[");
        for index in 0..self.below(5) {
            if index > 0 {
                self.put(",");
            }
            self.value(depth + 1);
        }
        self.put("]");
    }

    fn object(&mut self, depth: usize) {
        self.put("{");
        for index in 0..self.below(6) {
            if index > 0 {
                self.put(",");
            }
            self.space();
            if self.one_in(3) {
                self.string();
            } else {
                self.key();
            }
            self.space();
            self.put(":");
            self.value(depth + 1);
        }
        self.put("}");
    }

    fn number(&mut self) {
        if self.one_in(3) {
            self.put("-");
        }
        let text = match self.below(9) {
            0 => self.below(100).to_string(),
            1 => (self.random.random::<u64>() >> self.below(64)).to_string(),
            // Around the ends of the machine's integers.
            2 => ((1_u128 << self.pick(&[31, 32, 53, 63, 64, 127])) - 2 + self.below(4) as u128)
                .to_string(),
            3 => self.digits(40),
            4 if self.one_in(20) => "7".repeat(4295 + self.below(11)),
            4 => self.pick(&NUMBERS).into(),
            5 => self.decimal(),
            6 => self.halfway(),
            _ => self.float(),
        };
        self.put(&text);
    }

    /// Up to `most` digits, at times with zeros in front.
    fn digits(&mut self, most: usize) -> String {
        (0..=self.below(most)).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    /// Digits with fraction and exponent in every form.
    fn decimal(&mut self) -> String {
        let mut text = if self.one_in(3) { "0".to_owned() } else { self.digits(20) };
        if self.one_in(2) {
            text += ".";
            text += &"0".repeat(self.pick(&[0, 0, 1, 4, 20, 330]));
            text += &self.digits(20);
        }
        if self.one_in(2) {
            text += self.pick(&["e", "E"]);
            text += self.pick(&["", "+", "-"]);
            text += self.pick(&["", "", "0", "000"]);
            let most = self.pick(&[20, 30, 330, 100_000]);
            text += &self.below(most).to_string();
        }
        text
    }

    /// Any float, with as few digits as it needs, with 17, or with more.
    fn float(&mut self) -> String {
        let bits = match self.below(4) {
            // A power of two or its neighbour: these have a nearer neighbour on one side.
            0 => ((self.below(2047) as u64) << 52).wrapping_add(self.below(3) as u64).max(1) - 1,
            // A whole number around the place where the exponent appears.
            1 => (self.random.random_range(1e14..1e18_f64)).trunc().to_bits(),
            _ => self.random.random::<u64>() >> 1,
        };
        let number = f64::from_bits(bits);
        if !number.is_finite() {
            return "Infinity".into();
        }
        match self.below(6) {
            0 => format!("{number:?}"),
            1 => format!("{number:.16e}"),
            2 => format!("{number:.*e}", self.below(60)),
            3 => format!("{number:.1}"),
            4 => format!("{number:.800e}"),
            _ => format!("{number:e}"),
        }
    }

    /// A number exactly halfway between two floats, or a little beside.
    fn halfway(&mut self) -> String {
        let odd = u128::from(self.random.random::<u64>() >> 11 | 1 << 52) * 2 + 1;
        let power = self.below(32);
        let (digits, exponent) = if self.one_in(2) {
            (odd << power, 0)
        } else {
            (odd * 5_u128.pow(power as u32), power)
        };
        let zeros = "0".repeat(self.below(30));
        match self.below(3) {
            0 => format!("{digits}.{zeros}0e-{exponent}"),
            1 => format!("{digits}.{zeros}1e-{exponent}"),
            _ => format!("{}.{}e-{exponent}", digits - 1, "9".repeat(zeros.len() + 1)),
        }
    }

    fn string(&mut self) {
        if self.one_in(150) {
            let wrong = self.pick(&WRONG_STRINGS);
            return self.put(wrong);
        }
        self.put("\"");
        while !self.one_in(5) {
            self.piece();
        }
        self.put("\"");
    }

    /// One of the keys, each character of it as it is or as an escape.
    fn key(&mut self) {
        let key = self.pick(&KEYS);
        self.put("\"");
        for character in key.chars() {
            if must_be_escaped(character) || self.one_in(3) {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    self.escape(*unit);
                }
            } else {
                self.put_char(character);
            }
        }
        self.put("\"");
    }

    /// A part of a string.
    fn piece(&mut self) {
        match self.below(40) {
            // Rarely, because there are many strings in a document: what one may not hold as it is,
            // and any escape there is or not.
            0 if self.one_in(8) => {
                let control = self.below(0x20) as u8;
                self.text.push(control);
            }
            0 if self.one_in(8) => {
                let letter = b' ' + self.below(0x5f) as u8;
                self.text.extend([b'\\', letter]);
            }
            1..=5 => {
                let short = self.pick(&["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"]);
                self.put(short);
            }
            6..=9 => {
                let unit = self.random.random();
                self.escape(unit);
            }
            10..=12 => {
                let unit = self.pick(&[0, 0x0A, 0x1F, 0x22, 0x2F, 0x5C, 0x7F, 0xE9, 0xFFFF]);
                self.escape(unit);
            }
            13..=17 => self.surrogates(),
            18..=22 => {
                let character = self.pick(&CHARACTERS);
                self.put_char(character);
            }
            23 => {
                let character = self.random.random();
                if !must_be_escaped(character) {
                    self.put_char(character);
                }
            }
            _ => {
                let character = self.pick(b"abc XYZ019~!{}[]:,'/\x7f");
                self.text.push(character);
            }
        }
    }

    /// Halves of pairs, together and alone.
    fn surrogates(&mut self) {
        for _ in 0..=self.below(3) {
            match self.below(8) {
                0 | 1 => {
                    let edge = self.pick(&[0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0xE000]);
                    self.escape(edge);
                }
                2..=4 => {
                    let high = 0xD800 + self.below(0x400) as u16;
                    self.escape(high);
                }
                5 | 6 => {
                    let low = 0xDC00 + self.below(0x400) as u16;
                    self.escape(low);
                }
                _ => self.put_char('😀'),
            }
        }
    }

    /// `\u` and four digits, each in either case.
    fn escape(&mut self, unit: u16) {
        self.put("\\u");
        for digit in format!("{unit:04x}").bytes() {
            let digit = if self.one_in(2) { digit.to_ascii_uppercase() } else { digit };
            self.text.push(digit);
        }
    }

    /// Deep nesting, either well within what is allowed or well beyond, at times not closed rightly.
    fn nested(&mut self) {
        let range = if self.one_in(3) { TOO_DEEP } else { DEEP };
        let depth = self.random.random_range(range);
        let mut closing = Vec::new();
        for _ in 0..depth {
            if self.one_in(2) {
                self.put("[");
                closing.push(b']');
            } else {
                self.put("{\"k\":");
                closing.push(b'}');
            }
        }
        self.number();
        match self.below(10) {
            0 => closing.truncate(depth - 1),
            1 => closing.insert(0, b']'),
            2 => closing[depth / 2] ^= b']' ^ b'}',
            _ => {}
        }
        self.text.extend(closing.iter().rev());
    }

    /// Changes a few bytes, wherever they are.
    fn damage(&mut self) {
        for _ in 0..=self.below(3) {
            let at = self.below(self.text.len() + 1);
            let end = (at + self.below(4)).min(self.text.len());
            match self.below(7) {
                0 => drop(self.text.drain(at..end)),
                1 => self.text.truncate(at),
                2 => {
                    let again = self.text[at..end].to_vec();
                    self.text.splice(at..at, again);
                }
                3 => {
                    let byte = self.random.random();
                    self.text.insert(at, byte);
                }
                4 => {
                    let byte = self.pick(b"\"\\[]{},:0-.eE \t\x7f\x00\x0bnu");
                    self.text.insert(at, byte);
                }
                5 => {
                    let bit = 1 << self.below(8);
                    if let Some(byte) = self.text.get_mut(at) {
                        *byte ^= bit;
                    }
                }
                _ => {
                    let other = self.below(self.text.len() + 1);
                    if at < self.text.len() && other < self.text.len() {
                        self.text.swap(at, other);
                    }
                }
            }
        }
    }
}

fn must_be_escaped(character: char) -> bool {
    character < ' ' || character == '"' || character == '\\'
}
