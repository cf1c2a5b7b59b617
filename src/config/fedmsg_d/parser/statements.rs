//! Tokens → statements. One that cannot be parsed is skipped with its block and kept as
//! [`Action::Unreadable`], with every name it mentions.

use super::super::syntax::{Action, Statement};
use super::*;

/// The names of an import: what is bound, and to what.
type Bindings = Vec<(Rc<str>, Rc<str>)>;

impl Parser {
    pub(super) fn file(&mut self) -> Block {
        let mut block = Vec::new();
        while !matches!(self.peek(), Token::End) {
            self.statement(&mut block);
        }
        block
    }

    /// Parses one line of statements, or a compound statement, onto `block`.
    fn statement(&mut self, block: &mut Block) {
        let (start, depth, line) = (self.at, self.depth, self.line());
        let parsed = match self.compound() {
            Ok(Some(action)) => {
                block.push(Statement { line, action });
                Ok(())
            }
            Ok(None) => self.simple_line(block),
            Err(reason) => Err(reason),
        };
        if let Err(reason) = parsed {
            self.at = start;
            self.depth = depth;
            let names = self.skip_statement();
            let reason = brief(&reason);
            block.push(Statement { line, action: Action::Unreadable { names, reason } });
        }
    }

    /// Skips to the end of the logical line, and the block that belongs to it. Always moves on.
    fn skip_statement(&mut self) -> Vec<Rc<str>> {
        let mut names = Vec::new();
        let mut blocks = 0_usize;
        loop {
            match self.peek() {
                Token::End => return names,
                Token::Name(name) => names.push(name.clone()),
                Token::Indent => blocks += 1,
                Token::Dedent => blocks = blocks.saturating_sub(1),
                _ => {}
            }
            let ended = matches!(self.peek(), Token::Newline | Token::Dedent);
            self.advance();
            if ended && blocks == 0 && !matches!(self.peek(), Token::Indent) {
                return names;
            }
        }
    }

    fn simple_line(&mut self, block: &mut Block) -> Parsed<()> {
        loop {
            let line = self.line();
            let action = self.simple()?;
            block.push(Statement { line, action });
            if self.accept(";") && !matches!(self.peek(), Token::Newline) {
                continue;
            }
            return self.newline();
        }
    }

    fn newline(&mut self) -> Parsed<()> {
        if !matches!(self.peek(), Token::Newline) {
            return Err(self.unexpected("the end of the line"));
        }
        self.advance();
        Ok(())
    }

    fn simple(&mut self) -> Parsed<Action> {
        let Token::Name(word) = self.peek().clone() else {
            return self.assignment();
        };
        match &*word {
            "pass" => self.alone(Action::Pass),
            "break" => self.alone(Action::Break),
            "continue" => self.alone(Action::Continue),
            "import" => self.import(),
            "from" => self.import_from(),
            "del" => {
                self.advance();
                Ok(Action::Delete(vec![self.expressions()?]))
            }
            "assert" => {
                self.advance();
                self.expressions()?;
                Ok(Action::Pass)
            }
            "global" => {
                self.advance();
                self.expressions()?;
                Ok(Action::Pass)
            }
            "raise" | "return" | "yield" | "await" | "nonlocal" => {
                Err(format!("`{word}` is not supported"))
            }
            _ => self.assignment(),
        }
    }

    fn alone(&mut self, action: Action) -> Parsed<Action> {
        self.advance();
        Ok(action)
    }

    /// An expression, alone or assigned to something.
    fn assignment(&mut self) -> Parsed<Action> {
        let first = self.expressions()?;
        if let Some(operator) = self.augmented() {
            self.advance();
            return Ok(Action::Augment { target: first, operator, value: self.expressions()? });
        }
        if self.accept(":") {
            self.expression()?;
            if !self.is("=") {
                return Ok(Action::Pass);
            }
        }
        let mut targets = Vec::new();
        let mut value = first;
        while self.accept("=") {
            targets.push(value);
            value = self.expressions()?;
        }
        Ok(if targets.is_empty() {
            Action::Expression(value)
        } else {
            Action::Assign { targets, value }
        })
    }

    fn augmented(&self) -> Option<Binary> {
        let Token::Op(op) = self.peek() else { return None };
        if *op == "**=" {
            return Some(Binary::Power);
        }
        let (_, operator) = binary(op.strip_suffix('=')?)?;
        Some(operator)
    }

    fn import(&mut self) -> Parsed<Action> {
        self.advance();
        let mut bindings = Bindings::new();
        loop {
            let path = self.dotted()?;
            let top: Rc<str> = path.split('.').next().unwrap_or(&path).into();
            if self.accept_word("as") {
                bindings.push((self.identifier()?, path));
            } else {
                bindings.push((top.clone(), top));
            }
            if !self.accept(",") {
                return Ok(Action::Import(bindings));
            }
        }
    }

    fn import_from(&mut self) -> Parsed<Action> {
        self.advance();
        let mut module = String::new();
        while self.is(".") || self.is("...") {
            module.push('.');
            self.advance();
        }
        if !self.is_word("import") {
            module.push_str(&self.dotted()?);
        }
        self.expect_word("import")?;
        if self.is("*") {
            return Err(format!("what `from {module} import *` brings is not known"));
        }
        let brackets = self.accept("(");
        let mut bindings = Bindings::new();
        loop {
            let name = self.identifier()?;
            let path: Rc<str> = format!("{module}.{name}").into();
            let bound = if self.accept_word("as") { self.identifier()? } else { name };
            bindings.push((bound, path));
            if !self.accept(",") || self.is(")") {
                break;
            }
        }
        if brackets {
            self.expect(")")?;
        }
        Ok(Action::Import(bindings))
    }

    fn dotted(&mut self) -> Parsed<Rc<str>> {
        let mut path = self.identifier()?.to_string();
        while self.accept(".") {
            path.push('.');
            path.push_str(&self.identifier()?);
        }
        Ok(path.into())
    }

    /// A statement with blocks, or `None` when this is not the start of one.
    fn compound(&mut self) -> Parsed<Option<Action>> {
        let Token::Name(word) = self.peek().clone() else { return Ok(None) };
        let action = match &*word {
            "if" => self.if_statement()?,
            "for" => self.for_statement()?,
            "while" => self.while_statement()?,
            "try" => self.try_statement()?,
            "with" => self.with_statement()?,
            "def" => self.def_statement()?,
            "class" | "async" => return Err(format!("`{word}` is not supported")),
            _ => return Ok(None),
        };
        Ok(Some(action))
    }

    /// `:` and what belongs to it.
    fn block(&mut self) -> Parsed<Block> {
        self.expect(":")?;
        self.nested(|parser| {
            let mut block = Vec::new();
            if !matches!(parser.peek(), Token::Newline) {
                parser.simple_line(&mut block)?;
                return Ok(block);
            }
            parser.advance();
            if !matches!(parser.peek(), Token::Indent) {
                return Err(parser.unexpected("an indented block"));
            }
            parser.advance();
            while !matches!(parser.peek(), Token::Dedent | Token::End) {
                parser.statement(&mut block);
            }
            parser.advance();
            Ok(block)
        })
    }

    fn optional_block(&mut self, word: &str) -> Parsed<Block> {
        if self.accept_word(word) { self.block() } else { Ok(Vec::new()) }
    }

    fn if_statement(&mut self) -> Parsed<Action> {
        let mut branches = Vec::new();
        while branches.is_empty() && self.accept_word("if") || self.accept_word("elif") {
            let condition = self.expression()?;
            branches.push((condition, self.block()?));
        }
        Ok(Action::If { branches, otherwise: self.optional_block("else")? })
    }

    fn for_statement(&mut self) -> Parsed<Action> {
        self.advance();
        let target = self.target_list()?;
        self.expect_word("in")?;
        let items = self.expressions()?;
        let body = self.block()?;
        Ok(Action::For { target, items, body, otherwise: self.optional_block("else")? })
    }

    fn while_statement(&mut self) -> Parsed<Action> {
        self.advance();
        self.expression()?;
        let blocks = vec![self.block()?, self.optional_block("else")?];
        Ok(Action::Maybe { what: "while", binds: Vec::new(), blocks })
    }

    fn try_statement(&mut self) -> Parsed<Action> {
        self.advance();
        let mut blocks = vec![self.block()?];
        let mut binds = Vec::new();
        while self.accept_word("except") {
            if !self.is(":") {
                self.expressions()?;
            }
            if self.accept_word("as") {
                binds.push(self.identifier()?);
            }
            blocks.push(self.block()?);
        }
        for word in ["else", "finally"] {
            blocks.push(self.optional_block(word)?);
        }
        Ok(Action::Maybe { what: "try", binds, blocks })
    }

    fn with_statement(&mut self) -> Parsed<Action> {
        self.advance();
        let mut binds = Vec::new();
        loop {
            self.expression()?;
            if self.accept_word("as") {
                binds.push(self.identifier()?);
            }
            if !self.accept(",") {
                break;
            }
        }
        let blocks = vec![self.block()?];
        Ok(Action::Maybe { what: "with", binds, blocks })
    }

    fn def_statement(&mut self) -> Parsed<Action> {
        self.advance();
        let name = self.identifier()?;
        self.skip_to_colon()?;
        let mentions = self.skip_statement();
        Ok(Action::Function(Rc::new(Function { name, mentions })))
    }
}
