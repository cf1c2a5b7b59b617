//! Messages for a program: one that runs all the time, or one that is run for each message.

mod each;
mod process;
mod stream;
#[cfg(test)]
mod tests;

use std::process::Command;

use fedhub::{Error, Kind as ErrorKind, Result};

use crate::hub::consumer::{Consumer, Context, Failure, Kind};
use each::Each;
use stream::Stream;

/// Hands messages to a program.
pub(super) const KIND: Kind = Kind { name: "exec", build };

fn build(context: Context<'_>) -> Result<Box<dyn Consumer>> {
    let command = context.settings.command.clone();
    if command.first().is_none_or(String::is_empty) {
        let hint = r#"command = ["/usr/bin/program", "argument"]"#;
        return Err(Error::new(ErrorKind::Config, "no command is named").hint(hint));
    }
    let name = context.name.to_owned();
    let timeout = context.timeout()?;
    if context.settings.each {
        Ok(Box::new(Each { name, command, timeout }))
    } else {
        Ok(Box::new(Stream::new(name, command, timeout, context.settings)))
    }
}

/// The command as it is: no shell looks at it.
fn command(words: &[String]) -> Command {
    let mut words = words.iter();
    let mut command = Command::new(words.next().map_or("", String::as_str));
    command.args(words);
    command
}

fn cannot_start(command: &[String], error: &std::io::Error) -> Failure {
    let program = command.first().map_or("", String::as_str);
    Failure::Unavailable { why: format!("cannot start {program}: {error}"), retry_after: None }
}
