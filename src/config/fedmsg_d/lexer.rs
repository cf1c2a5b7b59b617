//! Python source text → tokens, with the line each starts on.
//!
//! Never fails: what is not a Python token becomes [`Token::Bad`] with the reason, so that one
//! odd character costs one statement and not the whole file.

use std::rc::Rc;

use super::literal;

/// One word of the source.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// An identifier or a keyword.
    Name(Rc<str>),
    Int(i128),
    Float(f64),
    Str(String),
    /// The text between the quotes of an f-string, escapes untouched.
    FString {
        body: String,
        raw: bool,
    },
    Op(&'static str),
    /// The end of a logical line.
    Newline,
    Indent,
    Dedent,
    /// Something that is not supported, and why.
    Bad(String),
    End,
}

/// A token and the line it starts on, counted from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) line: usize,
}

/// Longer names are refused: looking one up must stay cheap.
const MAX_NAME: usize = 255;

/// Longest first, so that the first match is the right one.
const OPERATORS: &[&str] = &[
    "**=", "//=", ">>=", "<<=", "...", "!=", "==", "<=", ">=", "->", ":=", "+=", "-=", "*=", "/=",
    "%=", "&=", "|=", "^=", "@=", "**", "//", "<<", ">>", "(", ")", "[", "]", "{", "}", ",", ":",
    ";", ".", "+", "-", "*", "/", "%", "&", "|", "^", "~", "<", ">", "=", "@",
];

/// The tokens of `source`, whose first line has the number `first_line`; the last is `End`.
/// `source` has `\n` line ends only.
pub(super) fn lex(source: &str, first_line: usize) -> Vec<Lexeme> {
    let mut lexer =
        Lexer { rest: source, line: first_line, brackets: 0, indents: vec![0], out: Vec::new() };
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    /// How many brackets are open: inside them line ends mean nothing.
    brackets: usize,
    /// The columns of the blocks we are in; never empty.
    indents: Vec<usize>,
    out: Vec<Lexeme>,
}

impl<'a> Lexer<'a> {
    fn run(&mut self) {
        self.indentation();
        while let Some(c) = self.rest.chars().next() {
            match c {
                ' ' | '\t' | '\x0c' => self.skip(1),
                '#' => self.skip(self.rest.find('\n').unwrap_or(self.rest.len())),
                '\\' if self.rest.starts_with("\\\n") => {
                    self.skip(2);
                    self.line += 1;
                }
                '\n' => self.line_end(),
                '\'' | '"' => self.string(""),
                _ if c == '_' || c.is_alphabetic() => self.word(),
                _ if c.is_ascii_digit() => self.number(),
                '.' if self.rest[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
                _ => self.operator(c),
            }
        }
        if !matches!(self.out.last(), None | Some(Lexeme { token: Token::Newline, .. })) {
            self.push(Token::Newline);
        }
        for _ in 1..self.indents.len() {
            self.push(Token::Dedent);
        }
        self.push(Token::End);
    }

    fn push(&mut self, token: Token) {
        self.out.push(Lexeme { token, line: self.line });
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// Takes the first `bytes` of what is left.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn line_end(&mut self) {
        let open = self.brackets > 0;
        let blank = matches!(
            self.out.last(),
            None | Some(Lexeme { token: Token::Newline | Token::Indent | Token::Dedent, .. })
        );
        if !open && !blank {
            self.push(Token::Newline);
        }
        self.skip(1);
        self.line += 1;
        if !open {
            self.indentation();
        }
    }

    /// At the start of a logical line: compares its column with that of the block.
    fn indentation(&mut self) {
        let mut column = 0;
        let mut width = 0;
        for c in self.rest.chars() {
            match c {
                ' ' => column += 1,
                '\t' => column = (column / 8 + 1) * 8,
                '\x0c' => column = 0,
                // A line of nothing or of a comment belongs to no block.
                '#' | '\n' => return,
                _ => break,
            }
            width += 1;
        }
        self.skip(width);
        if self.rest.is_empty() {
            return;
        }
        if column > self.block() {
            self.indents.push(column);
            self.push(Token::Indent);
            return;
        }
        while column < self.block() {
            self.indents.pop();
            self.push(Token::Dedent);
        }
        if column != self.block() {
            self.push(Token::Bad("indentation that matches no block".into()));
        }
    }

    fn block(&self) -> usize {
        self.indents.last().copied().unwrap_or(0)
    }

    fn word(&mut self) {
        let end = self.rest.find(|c: char| c != '_' && !c.is_alphanumeric());
        let word = &self.rest[..end.unwrap_or(self.rest.len())];
        let quoted = self.rest[word.len()..].starts_with(['\'', '"']);
        self.skip(word.len());
        if quoted && literal::is_prefix(word) {
            self.string(word);
        } else if word.len() > MAX_NAME {
            self.push(Token::Bad("a name this long".into()));
        } else {
            self.push(Token::Name(word.into()));
        }
    }

    fn number(&mut self) {
        let bytes = self.rest.as_bytes();
        let hex = bytes.len() > 1 && matches!(bytes[1], b'x' | b'X');
        let mut end = 1;
        while let Some(&byte) = bytes.get(end) {
            let exponent = !hex && matches!(bytes[end - 1], b'e' | b'E');
            let part = byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'.')
                || (exponent && matches!(byte, b'+' | b'-'));
            if !part {
                break;
            }
            end += 1;
        }
        let text = self.take(end);
        self.push(literal::number(text));
    }

    /// A string literal; its prefix is already taken.
    fn string(&mut self, prefix: &str) {
        let quote = &self.rest[..1];
        let triple = self.rest.starts_with(&quote.repeat(3));
        let close = if triple { quote.repeat(3) } else { quote.to_owned() };
        self.skip(close.len());
        let (body, closed) = match body_length(self.rest, &close, triple) {
            Some(length) => (self.take(length), true),
            None if triple => (self.take(self.rest.len()), false),
            None => (self.take(self.rest.find('\n').unwrap_or(self.rest.len())), false),
        };
        if closed {
            self.skip(close.len());
            self.push(literal::string(prefix, body));
        } else {
            self.push(Token::Bad("a string that is not closed".into()));
        }
        self.line += body.matches('\n').count();
    }

    fn operator(&mut self, first: char) {
        let Some(&operator) = OPERATORS.iter().find(|op| self.rest.starts_with(**op)) else {
            self.push(Token::Bad(format!("the character {first:?}")));
            self.skip(first.len_utf8());
            return;
        };
        match operator {
            "(" | "[" | "{" => self.brackets += 1,
            ")" | "]" | "}" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.skip(operator.len());
        self.push(Token::Op(operator));
    }
}

/// How many bytes lie before the closing quotes; `None` when they never come.
fn body_length(text: &str, close: &str, triple: bool) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if text[at..].starts_with(close) {
            return Some(at);
        } else if c == '\\' {
            escaped = true;
        } else if c == '\n' && !triple {
            return None;
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<Token> {
        lex(source, 1).into_iter().map(|lexeme| lexeme.token).collect()
    }

    #[test]
    fn blocks_comments_and_brackets() {
        use Token::{Dedent, End, Indent, Int, Newline, Op};
        let name = |text: &str| Token::Name(text.into());
        let source = "if a:  # why\n\n  b = (1,\n2)\n# done\nc \\\n= 3";
        let expected = vec![
            name("if"),
            name("a"),
            Op(":"),
            Newline,
            Indent,
            name("b"),
            Op("="),
            Op("("),
            Int(1),
            Op(","),
            Int(2),
            Op(")"),
            Newline,
            Dedent,
            name("c"),
            Op("="),
            Int(3),
            Newline,
            End,
        ];
        assert_eq!(words(source), expected);
    }

    #[test]
    fn lines_are_counted_through_strings_and_continuations() {
        let lines: Vec<_> = lex("'''a\nb'''\nx = \\\n 1\n(\n2)", 1)
            .into_iter()
            .filter(|lexeme| matches!(lexeme.token, Token::Int(_) | Token::Str(_)))
            .map(|lexeme| lexeme.line)
            .collect();
        assert_eq!(lines, [1, 4, 6]);
    }

    #[test]
    fn what_is_no_token_is_kept_with_its_reason() {
        let bad = |source: &str| {
            words(source).into_iter().find_map(|token| match token {
                Token::Bad(reason) => Some(reason),
                _ => None,
            })
        };
        for (source, reason) in [
            ("a = $", "the character '$'"),
            ("a = 'x\nb = 1", "a string that is not closed"),
            ("a = '''x", "a string that is not closed"),
            ("if a:\n    b\n  c", "indentation that matches no block"),
            ("\\ x", "the character '\\\\'"),
        ] {
            assert_eq!(bad(source).as_deref(), Some(reason), "{source}");
        }
        assert_eq!(bad("a = 1 ; b = 'x' # $"), None);
    }
}
