//! Looks at an expression before it is compiled, and refuses what must not run: functions that are
//! not on the list, those that call themselves, and nesting that would overflow the stack. The stack
//! is what jaq recurses on, for each level of an expression with all its functions in place.

mod depth;

use std::collections::BTreeSet;

use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Def, Pattern, Term};
use jaq_core::load::{Lexer, Parser};
use jaq_core::path::Part;

use crate::error::{Error, Kind, Result};

use super::functions;
use depth::{Frame, Id};

/// How deep an expression may nest, with its functions in place. Without optimisation a level takes
/// up to seven kilobytes of the stack, of which threads have two megabytes.
const MAX_NESTING: u32 = 200;

/// How many further levels an update takes: it calls back what it updates.
const UPDATE_LEVELS: u32 = 2;

/// Reading an expression recurses for each bracket that is open, and for each word in the worst case;
/// the compiler's stack is large enough for this many.
const MAX_BRACKETS: usize = 4000;
const MAX_TOKENS: usize = 10_000;

/// How many levels a function of the library has at most.
const LIBRARY_LEVELS: u32 = 12;

/// What may stand left of an assignment, beside paths.
const ASSIGNABLE: [&str; 14] = [
    "select",
    "empty",
    "first",
    "last",
    "nth",
    "values",
    "nulls",
    "booleans",
    "numbers",
    "strings",
    "arrays",
    "objects",
    "iterables",
    "scalars",
];

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
    pub(super) fn refuse(&self, part: &str, what: &str) -> Error {
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
    let mut walk = Walk::new(Some(source), variables);
    walk.term(&term, At::default())?;
    if walk.frame.deepest() > MAX_NESTING {
        let text = format!("jq: it nests more than {MAX_NESTING} levels deep");
        return Err(Error::new(Kind::Data, text));
    }
    Ok(walk.needed)
}

/// The functions that a definition of the library calls, itself left out.
pub(super) fn calls(definition: &Def<&'static str>) -> Vec<(String, usize)> {
    let mut walk = Walk::new(None, &[]);
    // Without a source nothing is refused.
    let _ = walk.definition(definition);
    walk.needed.into_iter().collect()
}

fn parse(source: &Source) -> Result<Term<&str>> {
    if source.text.matches(['(', '[', '{']).count() > MAX_BRACKETS {
        let text = format!("jq: more than {MAX_BRACKETS} brackets");
        return Err(Error::new(Kind::Data, text));
    }
    let tokens = Lexer::new(source.text.as_str()).lex().map_err(|errors| match errors.first() {
        Some((expected, at)) => source.refuse(at, &format!("{} expected", expected.as_str())),
        None => source.refuse("", "not readable"),
    })?;
    if count(&tokens) > MAX_TOKENS {
        let text = format!("jq: more than {MAX_TOKENS} words and signs");
        return Err(Error::new(Kind::Data, text));
    }
    Parser::new(&tokens).parse(|parser| parser.term()).map_err(|errors| match errors.first() {
        Some((expected, found)) => {
            let found = found.map_or("", |token| token.0);
            source.refuse(found, &format!("{} expected", expected.as_str()))
        }
        None => source.refuse("", "not readable"),
    })
}

fn count(tokens: &[Token<&str>]) -> usize {
    let inside = |Token(_, what): &Token<&str>| match what {
        Tok::Block(tokens) => count(tokens),
        Tok::Str(parts) => parts.iter().fold(0, |sum, part| match part {
            StrPart::Term(token) => sum + count(std::slice::from_ref(token)),
            _ => sum + 1,
        }),
        _ => 0,
    };
    tokens.iter().map(|token| 1 + inside(token)).sum()
}

/// A function in scope.
struct Local<'s> {
    name: &'s str,
    arity: usize,
    what: What,
}

enum What {
    /// An argument of the definition around it.
    Argument(Id),
    /// One whose definition is being read.
    Open,
    Defined(Frame),
}

/// Where a term stands.
#[derive(Debug, Clone, Copy, Default)]
struct At {
    depth: u32,
    /// Whether it says what is to be changed: left of an assignment.
    changed: bool,
}

impl At {
    fn inside(self) -> Self {
        self.deeper(1)
    }

    fn deeper(self, levels: u32) -> Self {
        Self { depth: self.depth.saturating_add(levels), ..self }
    }

    /// The same place for a term that is only read.
    fn read(self) -> Self {
        Self { changed: false, ..self }
    }
}

struct Walk<'s> {
    /// None for definitions of the library, which may do anything.
    source: Option<&'s Source>,
    needed: BTreeSet<(String, usize)>,
    functions: Vec<Local<'s>>,
    variables: Vec<&'s str>,
    /// The definition that is being read.
    frame: Frame,
}

impl<'s> Walk<'s> {
    fn new(source: Option<&'s Source>, variables: &[&'s str]) -> Self {
        Self {
            source,
            needed: BTreeSet::new(),
            functions: Vec::new(),
            variables: variables.to_vec(),
            frame: Frame::default(),
        }
    }

    fn refuse(&self, part: &str, what: &str) -> Result<()> {
        self.source.map_or(Ok(()), |source| Err(source.refuse(part, what)))
    }

    fn all<'t>(&mut self, terms: impl IntoIterator<Item = &'t Term<&'s str>>, at: At) -> Result<()>
    where
        's: 't,
    {
        terms.into_iter().try_for_each(|term| self.term(term, at))
    }

    fn term(&mut self, term: &Term<&'s str>, at: At) -> Result<()> {
        self.frame.reach(at.depth);
        let (inside, read) = (at.inside(), at.inside().read());
        match term {
            Term::Id | Term::Num(_) | Term::Arr(None) | Term::Break(_) => Ok(()),
            Term::Recurse => match self.source {
                Some(source) => {
                    let place = source.text.find("..").map_or("", |at| &source.text[at..]);
                    let error = source.refuse(place, ".. is not allowed");
                    Err(error.hint("name the places, such as .msg.commit"))
                }
                None => Ok(()),
            },
            Term::Var(name) => self.variable(name),
            Term::Str(format, parts) => {
                // The parts are added up one after the other, each through the format.
                let mut levels = u32::try_from(parts.len()).unwrap_or(u32::MAX).saturating_add(2);
                if let Some(format) = format {
                    self.call(format, &[], read)?;
                    levels = levels.saturating_add(LIBRARY_LEVELS);
                }
                let read = read.deeper(levels);
                parts.iter().try_for_each(|part| match part {
                    StrPart::Term(term) => self.term(term, read),
                    _ => Ok(()),
                })
            }
            Term::Arr(Some(inner)) | Term::Neg(inner) => self.term(inner, read),
            Term::Label(_, inner) => self.term(inner, inside),
            Term::Obj(members) => members.iter().enumerate().try_for_each(|(nth, (key, value))| {
                // Members are added up one after the other.
                let read = read.deeper(u32::try_from(nth).unwrap_or(u32::MAX));
                self.term(key, read)?;
                self.all(value, read)
            }),
            Term::BinOp(left, operator, right) => self.operation((left, operator, right), at),
            Term::Fold(name, over, pattern, parts) => {
                let right = if *name == "reduce" { 2..=2 } else { 2..=3 };
                if !right.contains(&parts.len()) {
                    self.refuse(name, "(START; NEXT) expected at its end")?;
                }
                self.frame.folds();
                if at.changed {
                    self.refuse(name, "cannot stand left of an assignment")?;
                }
                self.term(over, read)?;
                self.bound(pattern, read, |walk| walk.all(parts, read))
            }
            Term::TryCatch(inner, catch) => {
                self.term(inner, inside)?;
                catch.iter().try_for_each(|catch| self.term(catch, read))
            }
            Term::IfThenElse(cases, otherwise) => {
                let mut inside = inside;
                for (when, then) in cases {
                    self.term(when, inside.read())?;
                    self.term(then, inside)?;
                    inside = inside.inside();
                }
                otherwise.iter().try_for_each(|otherwise| self.term(otherwise, inside))
            }
            Term::Def(definitions, inner) => {
                let before = self.functions.len();
                definitions.iter().try_for_each(|definition| self.definition(definition))?;
                self.term(inner, inside)?;
                self.functions.truncate(before);
                Ok(())
            }
            Term::Call(name, arguments) => self.call(name, arguments, at),
            Term::Path(inner, path) => {
                let steps = u32::try_from(path.0.len()).unwrap_or(u32::MAX);
                self.term(inner, inside)?;
                self.frame.reach(at.deeper(steps).depth);
                let read = read.deeper(steps);
                path.0.iter().try_for_each(|(part, _)| match part {
                    Part::Index(index) => self.term(index, read),
                    Part::Range(from, to) => self.all(from.iter().chain(to), read),
                })
            }
        }
    }

    fn operation(
        &mut self,
        (left, operator, right): (&Term<&'s str>, &BinaryOp<&'s str>, &Term<&'s str>),
        at: At,
    ) -> Result<()> {
        let (inside, read) = (at.inside(), at.inside().read());
        match operator {
            BinaryOp::Pipe(Some(pattern)) => {
                self.term(left, read)?;
                self.bound(pattern, read, |walk| walk.term(right, inside))
            }
            BinaryOp::Pipe(None) | BinaryOp::Comma | BinaryOp::Alt => {
                self.all([left, right], inside)
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                let read = read.deeper(UPDATE_LEVELS);
                self.term(left, At { changed: true, ..read })?;
                self.term(right, read)
            }
            BinaryOp::Or | BinaryOp::And | BinaryOp::Math(_) | BinaryOp::Cmp(_) => {
                self.all([left, right], read)
            }
        }
    }

    /// Reads a definition, which is known from then on.
    fn definition(&mut self, definition: &Def<&'s str>) -> Result<()> {
        let (name, arity) = (definition.name, definition.args.len());
        let (functions, variables) = (self.functions.len(), self.variables.len());
        self.functions.push(Local { name, arity, what: What::Open });
        let mut frame = Frame::default();
        for argument in &definition.args {
            if argument.starts_with('$') {
                self.variables.push(argument);
                frame.argument(None);
            } else {
                let id = Id::new(self.functions.len());
                self.functions.push(Local { name: argument, arity: 0, what: What::Argument(id) });
                frame.argument(Some(id));
            }
        }
        let outer = std::mem::replace(&mut self.frame, frame);
        self.term(&definition.body, At::default())?;
        let frame = std::mem::replace(&mut self.frame, outer);
        self.variables.truncate(variables);
        self.functions.truncate(functions);
        self.functions.push(Local { name, arity, what: What::Defined(frame) });
        Ok(())
    }

    fn call(&mut self, name: &'s str, arguments: &[Term<&'s str>], at: At) -> Result<()> {
        let arity = arguments.len();
        let local = |local: &Local| (local.name, local.arity) == (name, arity);
        let Some(found) = self.functions.iter().rposition(local) else {
            return self.library(name, arguments, at);
        };
        let depths = match &self.functions[found].what {
            What::Open => {
                return self.refuse(name, &format!("{name} calls itself, which is not allowed"));
            }
            What::Argument(id) => {
                self.frame.call_argument(*id, at.depth);
                if at.changed {
                    return self.refuse(name, "an argument cannot stand left of an assignment");
                }
                return Ok(());
            }
            What::Defined(frame) => {
                if at.changed && frame.hides_folds() {
                    return self.refuse(name, "cannot stand left of an assignment");
                }
                self.frame.call(frame, at.depth);
                frame.arguments()
            }
        };
        let mut terms = arguments.iter().zip(depths);
        terms.try_for_each(|(argument, depth)| self.term(argument, at.inside().deeper(depth)))
    }

    /// A call of a function that the expression does not define.
    fn library(&mut self, name: &'s str, arguments: &[Term<&'s str>], at: At) -> Result<()> {
        let arity = arguments.len();
        if self.source.is_some() && !functions::allowed().any(|known| known == (name, arity)) {
            return Err(self.unknown(name, arity));
        }
        if at.changed && !ASSIGNABLE.contains(&name) {
            self.refuse(name, "cannot stand left of an assignment")?;
        }
        self.needed.insert((name.to_owned(), arity));
        let inside = at.deeper(LIBRARY_LEVELS);
        self.frame.reach(inside.depth);
        self.all(arguments, At { changed: name == "del", ..inside })
    }

    fn unknown(&self, name: &str, arity: usize) -> Error {
        let refuse = |what: &str| match self.source {
            Some(source) => source.refuse(name, what),
            None => Error::new(Kind::Data, what),
        };
        let ours = self.functions.iter().map(|local| (local.name, local.arity));
        let mut known: Vec<(&str, usize)> = ours.collect();
        known.extend(functions::allowed().map(|(name, arity)| -> (&str, usize) { (name, arity) }));
        let arities: Vec<_> =
            known.iter().filter(|known| known.0 == name).map(|known| known.1.to_string()).collect();
        if !arities.is_empty() {
            return refuse(&format!("{name} has {} arguments, not {arity}", arities.join(" or ")));
        }
        let error = refuse(&format!("no function {name} is allowed here"));
        let nearest = known.iter().map(|(known, _)| (strsim::jaro_winkler(known, name), *known));
        match nearest.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(near, _)| *near > 0.8) {
            Some((_, nearest)) => error.hint(format!("did you mean {nearest}?")),
            None => error,
        }
    }

    fn variable(&mut self, name: &'s str) -> Result<()> {
        match self.source {
            Some(source) if !self.variables.contains(&name) => {
                let error = source.refuse(name, &format!("there is no variable {name}"));
                Err(match self.variables.as_slice() {
                    [] => error,
                    variables => error.hint(format!("there are {}", variables.join(", "))),
                })
            }
            _ => Ok(()),
        }
    }

    /// Looks at something where the variables of `pattern` are known.
    fn bound(
        &mut self,
        pattern: &Pattern<&'s str>,
        at: At,
        inside: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        let before = self.variables.len();
        self.pattern(pattern, at)?;
        inside(self)?;
        self.variables.truncate(before);
        Ok(())
    }

    fn pattern(&mut self, pattern: &Pattern<&'s str>, at: At) -> Result<()> {
        self.frame.reach(at.depth);
        let mut at = at.inside();
        match pattern {
            Pattern::Var(name) => self.variables.push(name),
            Pattern::Arr(patterns) => {
                for inner in patterns {
                    self.pattern(inner, at)?;
                    at = at.inside();
                }
            }
            Pattern::Obj(members) => {
                for (key, inner) in members {
                    // `{$name}` binds by its own name.
                    self.term(key, at)?;
                    self.pattern(inner, at)?;
                    at = at.inside();
                }
            }
        }
        Ok(())
    }
}
