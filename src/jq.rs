//! Expressions in the jq language over messages: what rules and filters are made of.
//!
//! jaq runs them. As it comes, it would let an expression stop the process (endless recursion
//! overflows the stack, `halt` exits), hang it, fill the memory or read the environment. Here an
//! expression may only call what is on a list, must not call itself, must not nest without limit
//! (all that is seen when it is compiled), and is stopped when it has used its time or room.
//!
//! ```
//! use fedhub::jq::{Input, Limits, Program};
//!
//! let program = Program::compile(".msg.user // $other", &["$other"])?;
//! let message = fedhub::canonical::parse(br#"{"msg": {"user": "alice"}}"#).unwrap();
//! let outcome = program.run(Input::from(&message), vec!["bob".into()], &Limits::default());
//! assert_eq!(outcome.values[0].as_str(), Some("alice"));
//! # Ok::<(), fedhub::Error>(())
//! ```

mod budget;
mod check;
mod functions;
mod operators;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, DataT, Filter, Lut, Vars, data::HasLut};

use crate::canonical;
use crate::error::{Error, Kind, Result};

use budget::Stop;
use check::Source;
use value::Val;

/// How long an expression may be, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;

/// Reading an expression recurses; [`check`] limits how deep.
const COMPILER_STACK: usize = 128 * 1024 * 1024;

/// Names of accounts by e-mail address or nickname, for the function `account`.
pub type Accounts = BTreeMap<String, String>;

/// A compiled expression. Threads may share it.
pub struct Program {
    filter: Filter<Data>,
}

/// What one run may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long it may take.
    pub time: Duration,
    /// How many bytes its values may need, those in between included.
    pub output: usize,
    /// How many values it may give; further ones are not asked for.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_millis(200), output: 32 * 1024 * 1024, values: 1000 }
    }
}

/// A message, or any other value, as expressions see it. Cheap to clone; for one thread.
#[derive(Clone, PartialEq)]
pub struct Input(Val);

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What it gave, up to the failure if there was one.
    pub values: Vec<Input>,
    /// Why it ended early.
    pub failure: Option<Failure>,
    /// How many expressions within `first_or_null` failed.
    pub failures: u32,
}

/// Why a run ended early.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The expression failed, as jq says it.
    #[error("{0}")]
    Error(String),
    /// It took too long.
    #[error("it takes too long")]
    Time,
    /// It made too many or too large values.
    #[error("it makes too much")]
    Output,
    /// It nested a value too deeply.
    #[error("it nests a value too deeply")]
    Depth,
    /// The interpreter failed.
    #[error("the jq interpreter failed; this is a bug in fedhub")]
    Bug,
}

/// What jaq's types are told about ours.
struct Data;

impl DataT for Data {
    type V<'a> = Val;
    type Data<'a> = Known<'a>;
}

/// What functions know beside their arguments.
struct Known<'a> {
    lut: &'a Lut<Data>,
    accounts: &'a Accounts,
}

/// jaq clones it for each step, also where no value is copied.
impl Clone for Known<'_> {
    fn clone(&self) -> Self {
        budget::spend(0);
        Self { ..*self }
    }
}

impl<'a> HasLut<'a, Data> for Known<'a> {
    fn lut(&self) -> &'a Lut<Data> {
        self.lut
    }
}

impl Program {
    /// Compiles an expression over `.`. `variables` are the names (`$x`) of the values that
    /// [`Program::run`] is given.
    ///
    /// Refuses what is unknown or not allowed, and says what and where.
    pub fn compile(text: &str, variables: &[&str]) -> Result<Self> {
        Self::compile_after("", text, variables)
    }

    /// Compiles an expression that may use definitions (`def name: …;`).
    pub fn compile_after(definitions: &str, text: &str, variables: &[&str]) -> Result<Self> {
        let source = Source::new(definitions, text);
        let length = source.text.len();
        if length > MAX_TEXT {
            let text = format!("an expression of {length} bytes; at most {MAX_TEXT} are read");
            return Err(Error::new(Kind::Data, text));
        }
        // On a stack of its own, as deep as any text that short can need.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("jq compiler".into())
                .stack_size(COMPILER_STACK)
                .spawn_scoped(scope, || compile(&source, variables))
                .map_err(|error| Error::io("starting the jq compiler", error))?;
            let bug = |_| Error::new(Kind::Bug, format!("the jq compiler failed on {text:?}"));
            thread.join().map_err(bug)?
        })
    }

    /// Runs it on `input`.
    pub fn run(&self, input: Input, variables: Vec<Input>, limits: &Limits) -> Outcome {
        self.run_with(input, variables, limits, &Accounts::new())
    }

    /// Runs it where `account` knows these accounts.
    pub fn run_with(
        &self,
        input: Input,
        variables: Vec<Input>,
        limits: &Limits,
        accounts: &Accounts,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let Outcome { values, failure, .. } = &mut outcome;
        let (result, failed) = budget::within(limits.time, limits.output, || {
            let known = Known { lut: &self.filter.lut, accounts };
            let variables = Vars::new(variables.into_iter().map(|Input(value)| value));
            let ctx = Ctx::<Data>::new(known, variables);
            for result in self.filter.id.run((ctx, input.0)).take(limits.values) {
                match result.map_err(|exception| exception.get_err()) {
                    Ok(value) => {
                        value.weigh();
                        values.push(Input(value));
                    }
                    Err(Ok(error)) => {
                        *failure = Some(Failure::Error(shortened(error.to_string())));
                        break;
                    }
                    // Tail calls and `halt` are the others, and not to be had.
                    Err(Err(_)) => {
                        *failure = Some(Failure::Bug);
                        break;
                    }
                }
            }
        });
        if let Err(stop) = result {
            *failure = Some(match stop {
                Stop::Time => Failure::Time,
                Stop::Room => Failure::Output,
                Stop::Depth => Failure::Depth,
                Stop::Bug => Failure::Bug,
            });
        }
        outcome.failures = failed;
        outcome
    }
}

fn compile(source: &Source, variables: &[&str]) -> Result<Program> {
    let library = functions::library(check::check(source, variables)?);
    let arena = Arena::default();
    let file = File { code: source.text.as_str(), path: () };
    let modules = Loader::new(library.definitions).load(&arena, file);
    let filter = Compiler::default()
        .with_funs(library.natives)
        .with_global_vars(variables.iter().copied())
        .compile(modules.map_err(|_| source.refuse("", "not readable"))?)
        .map_err(|errors| {
            let undefined = errors.first().and_then(|(_, undefined)| undefined.first());
            undefined.map_or_else(
                || source.refuse("", "not readable"),
                |(name, what)| {
                    source.refuse(name, &format!("there is no {} {name}", what.as_str()))
                },
            )
        })?;
    Ok(Program { filter })
}

/// Errors quote values, which may be long.
fn shortened(mut text: String) -> String {
    const MAX: usize = 300;
    if text.len() > MAX {
        text.truncate(text.floor_char_boundary(MAX));
        text.push('…');
    }
    text
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

impl Input {
    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// What jq takes for true: anything but null and false.
    pub fn is_true(&self) -> bool {
        self.0.is_true()
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.0, Val::Null)
    }

    /// The items, if it is an array.
    pub fn items(&self) -> Option<impl Iterator<Item = Input> + '_> {
        match &self.0 {
            Val::Arr(array) => Some(array.items.iter().cloned().map(Input)),
            _ => None,
        }
    }

    /// The value of a member, if it is an object.
    pub fn get(&self, key: &str) -> Option<Input> {
        match &self.0 {
            Val::Obj(object) => object.get(key).cloned().map(Input),
            _ => None,
        }
    }
}

impl From<&canonical::Value> for Input {
    fn from(value: &canonical::Value) -> Self {
        Self(value.into())
    }
}

impl From<&Input> for canonical::Value {
    fn from(input: &Input) -> Self {
        (&input.0).into()
    }
}

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self(Val::Str(text.into()))
    }
}

impl FromIterator<Input> for Input {
    fn from_iter<I: IntoIterator<Item = Input>>(items: I) -> Self {
        Self(Val::array(items.into_iter().map(|Input(value)| value).collect()))
    }
}

/// As JSON.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
