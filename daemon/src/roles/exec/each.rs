//! A program run anew for each message, which it gets on its standard input.

use std::io::{ErrorKind, Read, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use fedhub::error::exit;
use fedhub::journal::Record;

use super::process::{Ended, Process, is_about_arguments, would_block};
use crate::hub::consumer::{Consumer, Delivered, Ending, Failure, SHARE};

/// How often the end is looked at.
const GLANCE: Duration = Duration::from_millis(20);
/// How long a program may take beyond the end that was asked for.
const LAST: Duration = Duration::from_secs(1);

/// Runs a program for each message. Its exit code says what became of it: 0 is done, 75 asks for
/// another try later, and any other is a failure whose first line on stderr says why.
pub(super) struct Each {
    pub(super) name: String,
    pub(super) command: Vec<String>,
    pub(super) timeout: Duration,
}

impl Consumer for Each {
    fn deliver(&mut self, batch: &[Record], ending: &Ending) -> Delivered {
        let begin = Instant::now();
        for (done, record) in batch.iter().enumerate() {
            match self.run(record, ending) {
                Run::Done => {}
                Run::Interrupted => return Delivered { done, failure: None },
                Run::Failed(failure) => return Delivered::until(done, failure),
            }
            if ending.asked() || begin.elapsed() > SHARE {
                return Delivered { done: done + 1, failure: None };
            }
        }
        Delivered::all(batch)
    }
}

enum Run {
    Done,
    /// The end was asked for.
    Interrupted,
    Failed(Failure),
}

impl Each {
    fn run(&self, record: &Record, ending: &Ending) -> Run {
        let mut command = super::command(&self.command);
        command.env("FEDHUB_TOPIC", record.message.topic());
        command.env("FEDHUB_MSG_ID", record.identity.msg_id.as_deref().unwrap_or_default());
        let process = match self.start(&mut command) {
            Ok(process) => process,
            Err(failure) => return Run::Failed(failure),
        };
        self.feed(process, record.message.body(), ending)
    }

    fn start(&self, command: &mut Command) -> Result<Process, Failure> {
        Process::start(&self.name, command).map_err(|error| {
            if is_about_arguments(&error) {
                return Failure::Message(format!("its topic or id is nothing to pass on: {error}"));
            }
            super::cannot_start(&self.command, &error)
        })
    }

    /// Gives the program its message and waits for its end.
    fn feed(&self, mut process: Process, body: &[u8], ending: &Ending) -> Run {
        let begin = Instant::now();
        let mut asked = None;
        let mut rest = body;
        let mut unheard = [0; 4096];
        while !process.has_ended() {
            if let Some(input) = &mut process.input {
                match input.write(rest) {
                    Ok(count) => rest = &rest[count..],
                    Err(error) if would_block(&error) => {}
                    // It need not read all of it.
                    Err(_) => rest = &[],
                }
                if rest.is_empty() {
                    process.input = None;
                }
            }
            // What it prints is not looked at, only that it does not get stuck in printing.
            match process.output.read(&mut unheard) {
                Ok(1..) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    process.wait(!rest.is_empty(), GLANCE);
                }
                // It has closed its output and ends, now or later.
                _ => std::thread::sleep(Duration::from_millis(1)),
            }
            if begin.elapsed() > self.timeout {
                process.kill();
                let why = format!("the command ran for more than {} s", self.timeout.as_secs_f64());
                return Run::Failed(Failure::Message(why));
            }
            if ending.asked() && asked.get_or_insert_with(Instant::now).elapsed() > LAST {
                process.end();
                return Run::Interrupted;
            }
        }
        judge(process.reap())
    }
}

fn judge(ended: Ended) -> Run {
    let Ended { code, how, first_line } = ended;
    let why = if first_line.is_empty() { format!("the command ended: {how}") } else { first_line };
    match code {
        Some(0) => Run::Done,
        Some(code) if code == i32::from(exit::TRY_AGAIN) => {
            Run::Failed(Failure::Unavailable { why, retry_after: None })
        }
        _ => Run::Failed(Failure::Message(why)),
    }
}
