//! Errors of the library, and the one table of exit codes every command uses.
//!
//! An [`Error`] says what went wrong and where, why (its source), and what to try next (its hint).
//! Its [`Kind`] decides the exit code, so no other place has to.

use std::fmt;

/// The process exit codes: 0 to 2 as shells expect them, then those of `sysexits.h`.
pub mod exit {
    /// All went well.
    pub const OK: u8 = 0;
    /// The command ran and its answer is no.
    pub const NEGATIVE: u8 = 1;
    /// The command line was wrong.
    pub const USAGE: u8 = 2;
    /// Input data was wrong.
    pub const DATA: u8 = 65;
    /// An input file was missing or could not be opened.
    pub const NO_INPUT: u8 = 66;
    /// Something needed (a port, a service) is not available.
    pub const UNAVAILABLE: u8 = 69;
    /// A bug in fedhub.
    pub const BUG: u8 = 70;
    /// Reading or writing failed.
    pub const IO: u8 = 74;
    /// A passing failure; the same call may work later.
    pub const TRY_AGAIN: u8 = 75;
    /// The other side broke the protocol.
    pub const PROTOCOL: u8 = 76;
    /// Permission was refused.
    pub const PERMISSION: u8 = 77;
    /// The configuration is wrong.
    pub const CONFIG: u8 = 78;
    /// Interrupted by the user.
    pub const INTERRUPTED: u8 = 130;
}

/// What sort of failure an [`Error`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line was wrong: 2.
    Usage,
    /// Input data was wrong: 65.
    Data,
    /// An input file was missing: 66.
    NoInput,
    /// A port or service is not available: 69.
    Unavailable,
    /// A bug in fedhub: 70.
    Bug,
    /// Reading or writing failed: 74.
    Io,
    /// Try again later: 75.
    TryAgain,
    /// The other side broke the protocol: 76.
    Protocol,
    /// Permission was refused: 77.
    Permission,
    /// The configuration is wrong: 78.
    Config,
}

impl Kind {
    /// The exit code of this sort of failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Usage => exit::USAGE,
            Kind::Data => exit::DATA,
            Kind::NoInput => exit::NO_INPUT,
            Kind::Unavailable => exit::UNAVAILABLE,
            Kind::Bug => exit::BUG,
            Kind::Io => exit::IO,
            Kind::TryAgain => exit::TRY_AGAIN,
            Kind::Protocol => exit::PROTOCOL,
            Kind::Permission => exit::PERMISSION,
            Kind::Config => exit::CONFIG,
        }
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A failure: what and where, why, and what to try next.
#[derive(Debug, thiserror::Error)]
pub struct Error {
    kind: Kind,
    message: String,
    hint: Option<String>,
    #[source]
    source: Option<Source>,
}

/// The result of library functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of `kind`; `message` says what went wrong and where.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }

    /// Says first what it is about.
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Makes it a failure of another sort: what is bad data to a parser may be a wrong command line.
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds what to try next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds why it happened.
    pub fn because(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// A failure to open or use a file: missing is 66, forbidden 77, anything else 74.
    pub fn io(what: impl fmt::Display, error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => Kind::NoInput,
            std::io::ErrorKind::PermissionDenied => Kind::Permission,
            _ => Kind::Io,
        };
        Self::new(kind, what.to_string()).because(error)
    }

    /// A file or database whose version this program does not know.
    pub(crate) fn newer(what: &str, version: usize, known: usize) -> Self {
        let what = format!(
            "{what} was written by a newer fedhub: its version is {version}, and this one knows \
             {known}"
        );
        Self::new(Kind::Data, what).hint("use that fedhub, or name another place")
    }

    /// The error with its causes, in one line.
    pub fn explained(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text += &format!(": {next}");
            cause = next.source();
        }
        text
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to try next, if anything is known to help.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
