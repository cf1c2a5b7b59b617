//! Tokens → expressions. Statements are in [`statements`].
//!
//! How deep the tree may be is bounded by [`MAX_DEPTH`], so that neither this parser nor the
//! evaluator can run out of stack.

use std::rc::Rc;

use super::lexer::{self, Lexeme, Token};
use super::literal;
use super::syntax::{
    Argument, Binary, Block, Clause, Compare, Expr, Function, Kind, Passed, Piece, Shape, Trailer,
    Unary,
};
use super::value::brief;

mod atoms;
mod statements;

const MAX_DEPTH: usize = 100;

/// Why a statement could not be parsed.
type Parsed<T> = Result<T, String>;

/// The statements of a file. What cannot be parsed becomes a statement that says so.
pub(super) fn parse(source: &str) -> Block {
    Parser { tokens: lexer::lex(source, 1), at: 0, depth: 0 }.file()
}

struct Parser {
    /// Ends with `End`.
    tokens: Vec<Lexeme>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn current(&self) -> &Lexeme {
        &self.tokens[self.at]
    }

    fn peek(&self) -> &Token {
        &self.current().token
    }

    fn line(&self) -> usize {
        self.current().line
    }

    fn advance(&mut self) {
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
    }

    fn is(&self, operator: &str) -> bool {
        matches!(self.peek(), Token::Op(op) if *op == operator)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Token::Name(name) if **name == *word)
    }

    fn accept(&mut self, operator: &str) -> bool {
        let found = self.is(operator);
        if found {
            self.advance();
        }
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, operator: &str) -> Parsed<()> {
        if self.accept(operator) { Ok(()) } else { Err(self.unexpected(operator)) }
    }

    fn expect_word(&mut self, word: &str) -> Parsed<()> {
        if self.accept_word(word) { Ok(()) } else { Err(self.unexpected(word)) }
    }

    fn unexpected(&self, wanted: &str) -> String {
        match self.peek() {
            Token::Bad(reason) => format!("{reason} is not supported"),
            found => format!("expected {wanted}, found {}", describe(found)),
        }
    }

    fn identifier(&mut self) -> Parsed<Rc<str>> {
        match self.peek() {
            Token::Name(name) if !is_keyword(name) => {
                let name = name.clone();
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err("nested too deeply".into());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// One expression, or several with commas between them, which make a tuple.
    fn expressions(&mut self) -> Parsed<Expr> {
        let line = self.line();
        let first = self.starred()?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.accept(",") && !self.at_end_of_list() {
            items.push(self.starred()?);
        }
        Ok(Expr { line, kind: Kind::Tuple(items) })
    }

    fn at_end_of_list(&self) -> bool {
        matches!(
            self.peek(),
            Token::Newline | Token::End | Token::Op(")" | "]" | "}" | "=" | ":" | ";")
        ) || self.is_word("in")
    }

    fn starred(&mut self) -> Parsed<Expr> {
        let line = self.line();
        if self.accept("*") {
            let value = self.nested(|parser| parser.operators(BITWISE))?;
            return Ok(Expr { line, kind: Kind::Starred(Box::new(value)) });
        }
        self.expression()
    }

    fn expression(&mut self) -> Parsed<Expr> {
        self.nested(|parser| {
            let line = parser.line();
            if parser.accept_word("lambda") {
                return parser.lambda(line);
            }
            let yes = parser.operators(0)?;
            if !parser.accept_word("if") {
                return Ok(yes);
            }
            let condition = Box::new(parser.operators(0)?);
            parser.expect_word("else")?;
            let no = Box::new(parser.expression()?);
            Ok(Expr { line, kind: Kind::Choice { condition, yes: Box::new(yes), no } })
        })
    }

    /// After `lambda`.
    fn lambda(&mut self, line: usize) -> Parsed<Expr> {
        self.skip_to_colon()?;
        let start = self.at;
        self.expression()?;
        let mentions =
            self.tokens[start..self.at].iter().filter_map(|lexeme| match &lexeme.token {
                Token::Name(name) => Some(name.clone()),
                _ => None,
            });
        let function = Function { name: "lambda".into(), mentions: mentions.collect() };
        Ok(Expr { line, kind: Kind::Lambda(Rc::new(function)) })
    }

    /// Skips up to and past the `:` of this bracket level.
    fn skip_to_colon(&mut self) -> Parsed<()> {
        let mut open = 0_usize;
        loop {
            match self.peek() {
                Token::Op(":") if open == 0 => break,
                Token::Op("(" | "[" | "{") => open += 1,
                Token::Op(")" | "]" | "}") if open > 0 => open -= 1,
                Token::Newline | Token::End | Token::Op(")" | "]" | "}") => {
                    return Err(self.unexpected(":"));
                }
                _ => {}
            }
            self.advance();
        }
        self.expect(":")
    }

    /// A chain of operators that bind at least as tightly as `minimum`.
    fn operators(&mut self, minimum: u8) -> Parsed<Expr> {
        let line = self.line();
        let mut chain = if minimum <= NOT && self.is_word("not") {
            let mut operators = Vec::new();
            while self.accept_word("not") {
                operators.push(Unary::Not);
            }
            let operand = self.operators(NOT + 1)?;
            Expr { line, kind: Kind::Unary(operators, Box::new(operand)) }
        } else {
            self.signed()?
        };
        loop {
            let level = match self.operator() {
                Some((level, ..)) if level >= minimum => level,
                _ => return Ok(chain),
            };
            // All of this level at once: a long chain must not become a deep tree.
            let mut rest = Vec::new();
            while let Some((same, operator, tokens)) = self.operator()
                && same == level
            {
                (0..tokens).for_each(|_| self.advance());
                rest.push((operator, self.operators(level + 1)?));
            }
            chain = Expr { line, kind: chained(chain, level, rest) };
        }
    }

    /// The operator here, how tightly it binds, and how many tokens it takes.
    fn operator(&self) -> Option<(u8, Operator, usize)> {
        let next_is = |word: &str| matches!(self.tokens.get(self.at + 1), Some(Lexeme { token: Token::Name(name), .. }) if **name == *word);
        Some(match self.peek() {
            Token::Name(word) => match &**word {
                "or" => (OR, Operator::Logic, 1),
                "and" => (AND, Operator::Logic, 1),
                "in" => (COMPARE, Operator::Compare(Compare::In), 1),
                "not" if next_is("in") => (COMPARE, Operator::Compare(Compare::NotIn), 2),
                "is" if next_is("not") => (COMPARE, Operator::Compare(Compare::IsNot), 2),
                "is" => (COMPARE, Operator::Compare(Compare::Is), 1),
                _ => return None,
            },
            Token::Op(op) => match comparison(op) {
                Some(compare) => (COMPARE, Operator::Compare(compare), 1),
                None => {
                    let (level, binary) = binary(op)?;
                    (level, Operator::Binary(binary), 1)
                }
            },
            _ => return None,
        })
    }

    /// `-x`, `+x`, `~x` and `x ** y`, which binds tighter than a sign before it.
    fn signed(&mut self) -> Parsed<Expr> {
        let line = self.line();
        let mut signs = Vec::new();
        loop {
            signs.push(match self.peek() {
                Token::Op("-") => Unary::Minus,
                Token::Op("+") => Unary::Plus,
                Token::Op("~") => Unary::Invert,
                _ => break,
            });
            self.advance();
        }
        let mut value = self.trailed()?;
        if self.accept("**") {
            let power = self.nested(Self::signed)?;
            value =
                Expr { line, kind: Kind::Binary(Box::new(value), vec![(Binary::Power, power)]) };
        }
        if !signs.is_empty() {
            value = Expr { line, kind: Kind::Unary(signs, Box::new(value)) };
        }
        Ok(value)
    }
}

/// How tightly operators bind, loosest first.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARE: u8 = 4;
const BITWISE: u8 = 5;

enum Operator {
    Logic,
    Compare(Compare),
    Binary(Binary),
}

fn comparison(op: &str) -> Option<Compare> {
    Some(match op {
        "==" => Compare::Equal,
        "!=" => Compare::NotEqual,
        "<" => Compare::Less,
        "<=" => Compare::LessOrEqual,
        ">" => Compare::Greater,
        ">=" => Compare::GreaterOrEqual,
        _ => return None,
    })
}

fn binary(op: &str) -> Option<(u8, Binary)> {
    Some(match op {
        "|" => (BITWISE, Binary::Or),
        "^" => (BITWISE + 1, Binary::Xor),
        "&" => (BITWISE + 2, Binary::And),
        "<<" => (BITWISE + 3, Binary::ShiftLeft),
        ">>" => (BITWISE + 3, Binary::ShiftRight),
        "+" => (BITWISE + 4, Binary::Add),
        "-" => (BITWISE + 4, Binary::Subtract),
        "*" => (BITWISE + 5, Binary::Multiply),
        "/" => (BITWISE + 5, Binary::Divide),
        "//" => (BITWISE + 5, Binary::FloorDivide),
        "%" => (BITWISE + 5, Binary::Modulo),
        "@" => (BITWISE + 5, Binary::MatrixMultiply),
        _ => return None,
    })
}

/// The tree of `first` and the operators of one level that follow it.
fn chained(first: Expr, level: u8, rest: Vec<(Operator, Expr)>) -> Kind {
    if level == OR || level == AND {
        let mut all = vec![first];
        all.extend(rest.into_iter().map(|(_, operand)| operand));
        return if level == OR { Kind::Or(all) } else { Kind::And(all) };
    }
    let mut compares = Vec::new();
    let mut binaries = Vec::new();
    for (operator, operand) in rest {
        match operator {
            Operator::Compare(compare) => compares.push((compare, operand)),
            Operator::Binary(binary) => binaries.push((binary, operand)),
            Operator::Logic => {}
        }
    }
    if level == COMPARE {
        Kind::Compare(Box::new(first), compares)
    } else {
        Kind::Binary(Box::new(first), binaries)
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class",
        "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
        "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return",
        "try", "while", "with", "yield",
    ];
    KEYWORDS.contains(&word)
}

/// An expression that has no known value.
fn unsupported(line: usize, reason: &str) -> Expr {
    Expr { line, kind: Kind::Unsupported(brief(reason)) }
}

fn describe(token: &Token) -> String {
    match token {
        Token::Name(name) => format!("`{name}`"),
        Token::Op(op) => format!("`{op}`"),
        Token::Int(int) => format!("`{int}`"),
        Token::Float(float) => format!("`{float}`"),
        Token::Str(_) | Token::FString { .. } => "a string".into(),
        Token::Newline => "the end of the line".into(),
        Token::Indent | Token::Dedent => "another indentation".into(),
        Token::Bad(reason) => reason.clone(),
        Token::End => "the end of the file".into(),
    }
}
