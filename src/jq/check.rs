//! Looks at an expression before it is compiled, and refuses what must not run.

use std::collections::BTreeSet;

use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Lexer, Parser, lex::StrPart};
use jaq_core::path::Part;

use crate::error::{Error, Kind, Result};

use super::functions;

/// An expression behind its definitions.
pub(super) struct Source {
    pub(super) text: String,
    /// Where the expression begins; what is before are definitions.
    start: usize,
}

impl Source {
    pub(super) fn new(definitions: &str, text: &str) -> Self {
        if definitions.is_empty() {
            return Self { text: text.to_owned(), start: 0 };
        }
        // On a line of its own: definitions may end with a comment.
        let start = definitions.len() + 1;
        Self { text: format!("{definitions}\n{text}"), start }
    }

    /// Refuses the expression for what is at `part`, which is a part of its text, or empty for its
    /// end.
    fn refuse(&self, part: &str, what: &str) -> Error {
        const SHOWN: usize = 30;
        let text = &self.text;
        let offset = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
        let offset = if part.is_empty() || offset > text.len() { text.len() } else { offset };
        let (place, start) =
            if offset < self.start { ("definitions, ", 0) } else { ("", self.start) };
        let before = &text[start..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let near: String = text[offset..].chars().take_while(|&c| c != '\n').take(SHOWN).collect();
        let near = if near.is_empty() { "at the end".to_owned() } else { format!("at {near:?}") };
        Error::new(Kind::Data, format!("jq, {place}line {line} column {column}, {near}: {what}"))
    }
}

/// Checks an expression; gives the functions it calls that it does not define itself.
pub(super) fn check(source: &Source, variables: &[&str]) -> Result<BTreeSet<(String, usize)>> {
    let term = parse(source)?;
    let mut walk = Walk {
        source,
        needed: BTreeSet::new(),
        functions: Vec::new(),
        variables: variables.to_vec(),
    };
    walk.term(&term)?;
    Ok(walk.needed)
}

fn parse(source: &Source) -> Result<Term<&str>> {
    let tokens = Lexer::new(source.text.as_str()).lex().map_err(|errors| match errors.first() {
        Some((expected, at)) => source.refuse(at, &format!("{} expected", expected.as_str())),
        None => source.refuse("", "not readable"),
    })?;
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| match errors.first() {
        Some((expected, found)) => {
            let found = found.map_or("", |token| token.0);
            source.refuse(found, &format!("{} expected", expected.as_str()))
        }
        None => source.refuse("", "not readable"),
    })
}

/// A name in scope.
struct Local<'s> {
    name: &'s str,
    arity: usize,
    /// Whether its definition is being read.
    open: bool,
}

struct Walk<'s> {
    source: &'s Source,
    needed: BTreeSet<(String, usize)>,
    functions: Vec<Local<'s>>,
    variables: Vec<&'s str>,
}

impl<'s> Walk<'s> {
    fn all<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term<&'s str>>) -> Result<()>
    where
        's: 't,
    {
        terms.into_iter().try_for_each(|term| self.term(term))
    }

    fn term(&mut self, term: &Term<&'s str>) -> Result<()> {
        match term {
            Term::Id | Term::Num(_) => Ok(()),
            Term::Recurse => {
                let at = self.source.text.find("..").map_or("", |at| &self.source.text[at..]);
                let error = self.source.refuse(at, ".. is not allowed");
                Err(error.hint("name the places, such as .msg.commit"))
            }
            Term::Var(name) => self.variable(name),
            Term::Str(format, parts) => {
                if let Some(format) = format {
                    self.call(format, 0)?;
                }
                parts.iter().try_for_each(|part| match part {
                    StrPart::Term(term) => self.term(term),
                    _ => Ok(()),
                })
            }
            Term::Arr(None) | Term::Break(_) => Ok(()),
            Term::Arr(Some(inner)) | Term::Neg(inner) | Term::Label(_, inner) => self.term(inner),
            Term::Obj(members) => members.iter().try_for_each(|(key, value)| {
                self.term(key)?;
                value.iter().try_for_each(|value| self.term(value))
            }),
            Term::BinOp(left, BinaryOp::Pipe(Some(pattern)), right) => {
                self.term(left)?;
                self.bound(pattern, |walk| walk.term(right))
            }
            Term::BinOp(left, _, right) => self.all([&**left, &**right]),
            Term::Fold(_, over, pattern, parts) => {
                self.term(over)?;
                self.bound(pattern, |walk| walk.all(parts))
            }
            Term::TryCatch(inner, catch) => {
                self.term(inner)?;
                catch.iter().try_for_each(|catch| self.term(catch))
            }
            Term::IfThenElse(cases, otherwise) => {
                cases.iter().try_for_each(|(when, then)| self.all([when, then]))?;
                otherwise.iter().try_for_each(|otherwise| self.term(otherwise))
            }
            Term::Def(definitions, inner) => self.definitions(definitions, inner),
            Term::Call(name, arguments) => {
                self.call(name, arguments.len())?;
                self.all(arguments)
            }
            Term::Path(inner, path) => {
                self.term(inner)?;
                path.0.iter().try_for_each(|(part, _)| match part {
                    Part::Index(index) => self.term(index),
                    Part::Range(from, to) => self.all(from.iter().chain(to)),
                })
            }
        }
    }

    fn definitions(&mut self, definitions: &[Def<&'s str>], inner: &Term<&'s str>) -> Result<()> {
        let (functions, variables) = (self.functions.len(), self.variables.len());
        for definition in definitions {
            let (name, arity) = (definition.name, definition.args.len());
            let at = self.functions.len();
            self.functions.push(Local { name, arity, open: true });
            for argument in &definition.args {
                if argument.starts_with('$') {
                    self.variables.push(argument);
                } else {
                    self.functions.push(Local { name: argument, arity: 0, open: false });
                }
            }
            self.term(&definition.body)?;
            self.variables.truncate(variables);
            self.functions.truncate(at);
            self.functions.push(Local { name, arity, open: false });
        }
        self.term(inner)?;
        self.functions.truncate(functions);
        Ok(())
    }

    fn call(&mut self, name: &'s str, arity: usize) -> Result<()> {
        let local = |local: &&Local| (local.name, local.arity) == (name, arity);
        if let Some(local) = self.functions.iter().rev().find(local) {
            return if local.open {
                Err(self.source.refuse(name, &format!("{name} calls itself, which is not allowed")))
            } else {
                Ok(())
            };
        }
        if functions::allowed().any(|signature| signature == (name, arity)) {
            self.needed.insert((name.to_owned(), arity));
            return Ok(());
        }
        let ours = self.functions.iter().map(|local| (local.name, local.arity));
        let mut known: Vec<(&str, usize)> = ours.collect();
        known.extend(functions::allowed().map(|(name, arity)| -> (&str, usize) { (name, arity) }));
        let arities: Vec<_> =
            known.iter().filter(|known| known.0 == name).map(|known| known.1.to_string()).collect();
        if !arities.is_empty() {
            let arities = arities.join(" or ");
            let text = format!("{name} has {arities} arguments, not {arity}");
            return Err(self.source.refuse(name, &text));
        }
        let error = self.source.refuse(name, &format!("no function {name} is allowed here"));
        let nearest = known.iter().map(|(known, _)| (strsim::jaro_winkler(known, name), *known));
        Err(match nearest.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(near, _)| *near > 0.8) {
            Some((_, nearest)) => error.hint(format!("did you mean {nearest}?")),
            None => error,
        })
    }

    fn variable(&mut self, name: &'s str) -> Result<()> {
        if self.variables.contains(&name) {
            return Ok(());
        }
        let error = self.source.refuse(name, &format!("there is no variable {name}"));
        Err(match self.variables.as_slice() {
            [] => error,
            variables => error.hint(format!("there are {}", variables.join(", "))),
        })
    }

    /// Looks at something where the variables of `pattern` are known.
    fn bound(
        &mut self,
        pattern: &Pattern<&'s str>,
        inside: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let before = self.variables.len();
        self.pattern(pattern)?;
        inside(self)?;
        self.variables.truncate(before);
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern<&'s str>) -> Result<()> {
        match pattern {
            Pattern::Var(name) => self.variables.push(name),
            Pattern::Arr(patterns) => patterns.iter().try_for_each(|inner| self.pattern(inner))?,
            Pattern::Obj(members) => members.iter().try_for_each(|(key, inner)| {
                self.term(key)?;
                self.pattern(inner)
            })?,
        }
        Ok(())
    }
}
