//! Names, literals, displays, comprehensions, and what may follow them.

use super::*;

/// More `for` and `if` in one comprehension than this are refused: each is a level to evaluate.
const MAX_CLAUSES: usize = 20;

impl Parser {
    /// An atom and the attributes, calls and subscripts after it.
    pub(super) fn trailed(&mut self) -> Parsed<Expr> {
        let line = self.line();
        let atom = self.atom()?;
        let mut trailers = Vec::new();
        loop {
            if self.accept(".") {
                trailers.push(Trailer::Attribute(self.identifier()?));
            } else if self.accept("(") {
                trailers.push(Trailer::Call(self.arguments()?));
            } else if self.accept("[") {
                trailers.push(self.subscript()?);
            } else if trailers.is_empty() {
                return Ok(atom);
            } else {
                return Ok(Expr { line, kind: Kind::Trailed(Box::new(atom), trailers) });
            }
        }
    }

    fn atom(&mut self) -> Parsed<Expr> {
        let Lexeme { token, line } = self.current().clone();
        let kind = match token {
            Token::Int(int) => Kind::Int(int),
            Token::Float(float) => Kind::Float(float),
            Token::Str(_) | Token::FString { .. } => return self.strings(),
            Token::Bad(reason) => unsupported(line, &reason).kind,
            Token::Op("...") => unsupported(line, "an ellipsis").kind,
            Token::Op("(") => return self.parenthesized(),
            Token::Op("[") => return self.list(),
            Token::Op("{") => return self.braces(),
            Token::Name(name) => match &*name {
                "None" => Kind::None,
                "True" => Kind::Bool(true),
                "False" => Kind::Bool(false),
                word if is_keyword(word) => return Err(self.unexpected("a value")),
                _ => Kind::Name(name),
            },
            _ => return Err(self.unexpected("a value")),
        };
        self.advance();
        Ok(Expr { line, kind })
    }

    /// String literals side by side are one string.
    fn strings(&mut self) -> Parsed<Expr> {
        let line = self.line();
        let mut pieces = Vec::new();
        let mut refused = None;
        loop {
            match self.peek().clone() {
                Token::Str(text) => pieces.push(Piece::Text(text)),
                Token::FString { body, raw } => {
                    match self.nested(|parser| parser.f_string(&body, raw)) {
                        Ok(more) => pieces.extend(more),
                        Err(reason) => refused = Some(reason),
                    }
                }
                Token::Bad(reason) => refused = Some(reason),
                _ => break,
            }
            self.advance();
        }
        if let Some(reason) = refused {
            return Ok(unsupported(line, &reason));
        }
        let mut plain = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => plain.push_str(text),
                Piece::Value { .. } => return Ok(Expr { line, kind: Kind::Joined(pieces) }),
            }
        }
        Ok(Expr { line, kind: Kind::Str(plain.into()) })
    }

    /// The parts of an f-string.
    fn f_string(&mut self, body: &str, raw: bool) -> Parsed<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = body;
        let mut line = self.line();
        while let Some(at) = rest.find(['{', '}']) {
            let brace = &rest[at..=at];
            text.push_str(&rest[..at]);
            line += rest[..at].matches('\n').count();
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("an f-string with a single `}`".into());
            }
            pieces.push(text_piece(&std::mem::take(&mut text), raw)?);
            let field = Field::split(rest).ok_or("an f-string whose `{` is not closed")?;
            if field.spec.contains('{') {
                return Err("an f-string with a computed format".into());
            }
            pieces.push(self.field(&field, line)?);
            line += rest[..field.length].matches('\n').count();
            rest = &rest[field.length..];
        }
        text.push_str(rest);
        pieces.push(text_piece(&text, raw)?);
        Ok(pieces)
    }

    fn field(&mut self, field: &Field<'_>, line: usize) -> Parsed<Piece> {
        // In brackets, as line ends mean nothing here either.
        let tokens = lexer::lex(&format!("({})", field.source), line);
        let mut inner = Parser { tokens, at: 0, depth: self.depth };
        let value = inner.expressions()?;
        if !matches!(inner.peek(), Token::Newline) {
            return Err(inner.unexpected("`}`"));
        }
        let conversion = match field.conversion {
            "" => None,
            "r" => Some('r'),
            "s" => Some('s'),
            other => return Err(format!("the conversion `!{other}`")),
        };
        Ok(Piece::Value { value, conversion, spec: field.spec.into() })
    }

    fn parenthesized(&mut self) -> Parsed<Expr> {
        let line = self.line();
        self.expect("(")?;
        if self.accept(")") {
            return Ok(Expr { line, kind: Kind::Tuple(Vec::new()) });
        }
        let inner = self.expressions()?;
        let inner = if self.is_word("for") {
            let clauses = self.clauses()?;
            Expr {
                line,
                kind: Kind::Comprehension { shape: Shape::List(Box::new(inner)), clauses },
            }
        } else {
            inner
        };
        self.expect(")")?;
        Ok(inner)
    }

    fn list(&mut self) -> Parsed<Expr> {
        let line = self.line();
        self.expect("[")?;
        let mut items = Vec::new();
        while !self.accept("]") {
            items.push(self.starred()?);
            if items.len() == 1 && self.is_word("for") {
                let clauses = self.clauses()?;
                self.expect("]")?;
                let shape = Shape::List(Box::new(items.remove(0)));
                return Ok(Expr { line, kind: Kind::Comprehension { shape, clauses } });
            }
            if !self.is("]") {
                self.expect(",")?;
            }
        }
        Ok(Expr { line, kind: Kind::List(items) })
    }

    /// A dict or a set.
    fn braces(&mut self) -> Parsed<Expr> {
        let line = self.line();
        self.expect("{")?;
        let mut pairs = Vec::new();
        let mut items = Vec::new();
        while !self.accept("}") {
            if self.accept("**") {
                pairs.push((None, self.nested(|parser| parser.operators(BITWISE))?));
            } else {
                let first = self.starred()?;
                if self.accept(":") {
                    pairs.push((Some(first), self.expression()?));
                } else {
                    items.push(first);
                }
            }
            if !pairs.is_empty() && !items.is_empty() {
                return Err("a dict and a set in one".into());
            }
            if self.is_word("for") && pairs.len() + items.len() == 1 {
                let clauses = self.clauses()?;
                self.expect("}")?;
                let shape = match (pairs.pop(), items.pop()) {
                    (Some((Some(key), value)), _) => Shape::Dict(Box::new(key), Box::new(value)),
                    (None, Some(item)) => Shape::Set(Box::new(item)),
                    _ => return Err("`**` in a comprehension".into()),
                };
                return Ok(Expr { line, kind: Kind::Comprehension { shape, clauses } });
            }
            if !self.is("}") {
                self.expect(",")?;
            }
        }
        let kind = if items.is_empty() { Kind::Dict(pairs) } else { Kind::Set(items) };
        Ok(Expr { line, kind })
    }

    /// The `for … in …` and `if …` of a comprehension.
    fn clauses(&mut self) -> Parsed<Vec<Clause>> {
        let mut clauses = Vec::new();
        loop {
            if clauses.len() > MAX_CLAUSES {
                return Err("a comprehension this long".into());
            }
            if self.accept_word("for") {
                let target = self.target_list()?;
                self.expect_word("in")?;
                let items = self.operators(0)?;
                clauses.push(Clause::For { target, items });
            } else if self.accept_word("if") {
                clauses.push(Clause::If(self.operators(0)?));
            } else {
                return Ok(clauses);
            }
        }
    }

    /// What a `for` assigns to.
    pub(super) fn target_list(&mut self) -> Parsed<Expr> {
        let line = self.line();
        let target = |parser: &mut Self| parser.nested(|parser| parser.operators(BITWISE));
        let first = target(self)?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.accept(",") && !self.at_end_of_list() {
            items.push(target(self)?);
        }
        Ok(Expr { line, kind: Kind::Tuple(items) })
    }

    /// After `(`.
    fn arguments(&mut self) -> Parsed<Vec<Argument>> {
        let mut arguments = Vec::new();
        while !self.accept(")") {
            let mut argument = self.argument()?;
            if self.is_word("for") {
                let Argument { passed: Passed::ByPosition, value } = argument else {
                    return Err(self.unexpected("`,`"));
                };
                let line = value.line;
                let shape = Shape::List(Box::new(value));
                let kind = Kind::Comprehension { shape, clauses: self.clauses()? };
                argument = Argument { passed: Passed::ByPosition, value: Expr { line, kind } };
            }
            arguments.push(argument);
            if !self.is(")") {
                self.expect(",")?;
            }
        }
        Ok(arguments)
    }

    fn argument(&mut self) -> Parsed<Argument> {
        let passed = if self.accept("*") {
            Passed::Spread
        } else if self.accept("**") {
            Passed::SpreadNamed
        } else if matches!(self.tokens.get(self.at + 1), Some(Lexeme { token: Token::Op("="), .. }))
        {
            let name = self.identifier()?;
            self.expect("=")?;
            Passed::ByName(name)
        } else {
            Passed::ByPosition
        };
        Ok(Argument { passed, value: self.expression()? })
    }

    /// After `[`.
    fn subscript(&mut self) -> Parsed<Trailer> {
        let mut bounds = [None, None, None];
        for (at, bound) in bounds.iter_mut().enumerate() {
            if !self.is(":") && !self.is("]") {
                let value = self.expressions()?;
                if at == 0 && self.accept("]") {
                    return Ok(Trailer::Index(value));
                }
                *bound = Some(Box::new(value));
            }
            if self.accept("]") {
                if at == 0 {
                    return Err("an empty subscript".into());
                }
                return Ok(Trailer::Slice(bounds));
            }
            if at < 2 {
                self.expect(":")?;
            }
        }
        Err(self.unexpected("]"))
    }
}

/// Text between the fields of an f-string.
fn text_piece(text: &str, raw: bool) -> Parsed<Piece> {
    let text = if raw { text.to_owned() } else { literal::unescape(text)? };
    Ok(Piece::Text(text))
}

/// `source!conversion:spec}` of an f-string.
struct Field<'a> {
    source: &'a str,
    conversion: &'a str,
    spec: &'a str,
    /// How many bytes it takes with its closing brace.
    length: usize,
}

impl<'a> Field<'a> {
    /// The field `text` begins with; `None` when it does not end.
    fn split(text: &'a str) -> Option<Self> {
        let mut open = 0_usize;
        let mut quote = None;
        let mut end = None;
        for (at, c) in text.char_indices() {
            match (quote, c) {
                (Some(mark), _) if mark == c => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') => quote = Some(c),
                (None, '(' | '[' | '{') => open += 1,
                (None, ')' | ']') => open = open.saturating_sub(1),
                (None, '}') if open > 0 => open -= 1,
                (None, '!') if open == 0 && text[at..].starts_with("!=") => {}
                (None, '}' | ':' | '!') if open == 0 => {
                    end = Some(at);
                    break;
                }
                _ => {}
            }
        }
        let end = end?;
        let close = end + text[end..].find('}')?;
        let (conversion, spec) =
            text[end..close].split_once(':').unwrap_or((&text[end..close], ""));
        let conversion = conversion.strip_prefix('!').unwrap_or(conversion);
        Some(Field { source: &text[..end], conversion, spec, length: close + 1 })
    }
}
