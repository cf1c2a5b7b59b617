//! What is done with several messages: writing them to a file, or sending them again. Messages are
//! handed over between frames, and a thread does the rest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use fedhub::recording::Existing;
use fedhub::replay::Target;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::about::clock;
use super::selection::{Gathering, Positions, Step, Which};
use super::{Effect, State, say};
use crate::action::Action;
use crate::export::Export;
use crate::replay::DryRun;
use crate::text::{count, cut, messages};
use crate::work::Work;

/// How many topics are named before anything is sent.
const TOPICS: usize = 5;

/// Something that goes on.
#[derive(Debug)]
pub enum Task {
    /// Messages are handed over and written.
    Export(Gathering, Export),
    /// Messages that would be sent are looked at.
    DryRun(Gathering, Box<DryRun>),
    /// Messages are sent.
    Replay(Work, u64),
}

/// Something that is not done before somebody has said yes.
#[derive(Debug)]
pub struct Question {
    /// What it is about.
    pub title: &'static str,
    /// What there is to know.
    pub lines: Vec<String>,
    /// What is done then, for people.
    pub yes: &'static str,
    then: Then,
}

#[derive(Debug)]
enum Then {
    Replace(Positions, PathBuf),
    Send(Box<DryRun>),
    Quit,
}

impl Task {
    /// What it is, with how far it is.
    pub fn place(&self) -> String {
        let (name, (done, all)) = match self {
            Task::Export(gathering, export) => {
                ("export", (export.work.done(), gathering.place().1 as u64))
            }
            Task::DryRun(gathering, _) => {
                let (done, all) = gathering.place();
                ("dry run", (done as u64, all as u64))
            }
            Task::Replay(work, all) => ("replay", (work.done(), *all)),
        };
        format!("{name} {} of {}", count(done), count(all))
    }

    fn work(&self) -> Option<&Work> {
        match self {
            Task::Export(_, export) => Some(&export.work),
            Task::DryRun(..) => None,
            Task::Replay(work, _) => Some(work),
        }
    }
}

impl State {
    /// What a line that asks for several messages begins with.
    pub(super) fn task_begin(&self, action: Action) -> String {
        let which = match action {
            _ if self.detail_focus => Which::Selected,
            Action::Replay => Which::Selected,
            _ => Which::Shown,
        };
        match action {
            Action::Export => format!("{} {}", which.name(), file_name(self.now, &self.zone)),
            _ => which.name().to_owned(),
        }
    }

    /// Writes messages to a file: `shown FILE`.
    pub(super) fn export(&mut self, text: &str) -> Result<(), String> {
        let (which, file) = Which::split(text);
        if file.is_empty() {
            return Err("name a file: export shown FILE".into());
        }
        self.expect_no_task()?;
        let positions = self.stream.positions(which.unwrap_or(Which::Shown))?;
        let path = PathBuf::from(file);
        if path.symlink_metadata().is_ok() {
            let lines = vec![
                format!("{} is there already.", path.display()),
                format!("{} would take its place.", messages(positions.len() as u64)),
            ];
            let then = Then::Replace(positions, path);
            let yes = "write over it";
            self.question = Some(Question { title: "export", lines, yes, then });
            return Ok(());
        }
        self.begin_export(positions, &path, Existing::Refuse)
    }

    fn begin_export(
        &mut self,
        positions: Positions,
        path: &Path,
        existing: Existing,
    ) -> Result<(), String> {
        let export = Export::start(path.to_owned(), existing).map_err(|error| say(&error))?;
        self.task = Some(Task::Export(Gathering::new(positions), export));
        Ok(())
    }

    /// Looks at what would be sent: `selected`, or `shown ENDPOINT`. The question comes when that is known.
    pub(super) fn replay(&mut self, text: &str) -> Result<(), String> {
        let (which, endpoint) = Which::split(text);
        let Some(usual) = &self.target else {
            return Err("nothing can be sent from here".into());
        };
        let target = match endpoint {
            "" => usual.clone(),
            _ => at(usual, endpoint)?,
        };
        if target.name().is_empty() {
            return Err("there is no relay to send to; name one: replay selected tcp://…".into());
        }
        self.expect_no_task()?;
        let positions = self.stream.positions(which.unwrap_or(Which::Selected))?;
        let dry_run = DryRun::new(target, self.abouts.judges());
        self.task = Some(Task::DryRun(Gathering::new(positions), Box::new(dry_run)));
        Ok(())
    }

    fn expect_no_task(&self) -> Result<(), String> {
        match &self.task {
            None => Ok(()),
            Some(task) => Err(format!("{} goes on; :stop ends it", task.place())),
        }
    }

    /// Ends what goes on.
    pub(super) fn stop_task(&mut self) {
        match &mut self.task {
            None => self.notice = Some("nothing goes on".into()),
            Some(Task::DryRun(..)) => {
                self.task = None;
                self.notice = Some("stopped; nothing was sent".into());
            }
            Some(task) => {
                if let Some(work) = task.work() {
                    work.stop();
                }
                if let Task::Export(_, export) = task {
                    export.finish();
                }
            }
        }
    }

    /// Ends, unless something goes on: then it is asked first.
    pub(super) fn quit(&mut self) {
        let Some(task) = &self.task else {
            self.effects.push(Effect::Quit);
            return;
        };
        let lines = vec![format!("{} goes on.", task.place())];
        let yes = "end all the same";
        self.question = Some(Question { title: "quit", lines, yes, then: Then::Quit });
    }

    /// What was asked is wanted, or not.
    pub fn answer(&mut self, yes: bool) {
        self.notice = None;
        let Some(Question { then, .. }) = self.question.take() else { return };
        let outcome = match then {
            Then::Send(_) if !yes => Err("nothing was sent".to_owned()),
            _ if !yes => Ok(()),
            Then::Quit => {
                self.effects.push(Effect::Quit);
                Ok(())
            }
            Then::Replace(positions, path) => {
                self.begin_export(positions, &path, Existing::Replace)
            }
            Then::Send(dry_run) => {
                let all = dry_run.summary.messages;
                let work = dry_run.send().map_err(|error| say(&error));
                work.map(|work| self.task = Some(Task::Replay(work, all)))
            }
        };
        self.notice = outcome.err();
    }

    /// Hands over messages until the time is up; says whether it can go on at once.
    pub(super) fn work_on_task(&mut self, deadline: Instant) -> bool {
        let history = &self.stream.history;
        match &mut self.task {
            Some(Task::Export(gathering, export)) => {
                let step = gathering.run(history, deadline, |_, entry| export.offer(&entry));
                if step == Step::Done {
                    export.finish();
                }
                step == Step::More
            }
            Some(Task::DryRun(gathering, dry_run)) => {
                let mut failure = None;
                let abouts = &mut self.abouts;
                let step = gathering.run(history, deadline, |_, entry| {
                    if abouts.judge(&entry).is_some_and(|verdict| !verdict.valid()) {
                        dry_run.invalid += 1;
                        return true;
                    }
                    failure = dry_run.add(entry).err();
                    failure.is_none()
                });
                if failure.is_some() {
                    self.task = None;
                    self.notice = failure;
                    return false;
                }
                // Nothing is asked in the middle of a word.
                if step == Step::Done && self.prompt.is_none() && self.help.is_none() {
                    self.ask_to_send();
                }
                step == Step::More
            }
            _ => false,
        }
    }

    /// Says what would be sent, and asks whether it is wanted.
    fn ask_to_send(&mut self) {
        let Some(Task::DryRun(_, dry_run)) = self.task.take() else { return };
        let invalid = format!("{} without a valid signature", count(dry_run.invalid));
        let Some((first, last)) = dry_run.span() else {
            let why = if dry_run.invalid > 0 { invalid } else { "there is none".into() };
            self.notice = Some(format!("no message can be sent: {why}"));
            return;
        };
        let summary = &dry_run.summary;
        let mut lines = vec![
            format!("{}, {} bytes", messages(summary.messages), count(summary.bytes)),
            format!("received {} to {}", clock(first, &self.zone), clock(last, &self.zone)),
            format!("to {}", dry_run.target.name()),
        ];
        if dry_run.invalid > 0 {
            lines.push(format!("left out: {invalid}"));
        } else if !dry_run.judged {
            lines.push("signatures were not judged".into());
        }
        let (topics, others) = summary.most_frequent(TOPICS);
        lines.extend(
            topics.iter().map(|(topic, n)| format!("{:>8} {}", count(*n), cut(topic, 200))),
        );
        if others > 0 {
            lines.push(format!("{:>8} with other topics", count(others)));
        }
        lines.push("Nothing was sent yet.".into());
        let then = Then::Send(dry_run);
        let yes = "send them";
        self.question = Some(Question { title: "replay: dry run", lines, yes, then });
    }

    /// Takes what became of work; says whether there is something new.
    pub(super) fn look_after_tasks(&mut self) -> bool {
        let opened = self.opening.as_ref().and_then(Work::outcome);
        if let Some(outcome) = opened {
            self.opening = None;
            self.tell(outcome);
        }
        let Some(task) = &self.task else { return false };
        let outcome = task.work().and_then(Work::outcome);
        if let Some(outcome) = outcome {
            self.task = None;
            // It may have ended while somebody was asked whether to wait for it.
            if matches!(self.question, Some(Question { then: Then::Quit, .. })) {
                self.question = None;
            }
            self.tell(outcome);
        }
        true
    }

    /// Says at the bottom and in the log what became of something.
    fn tell(&mut self, outcome: fedhub::Result<String>) {
        let said = match outcome {
            Ok(said) if said.is_empty() => return,
            Ok(said) => {
                tracing::info!("{said}");
                said
            }
            Err(error) => {
                tracing::warn!("{}", error.explained());
                say(&error)
            }
        };
        self.notice = Some(said);
    }
}

fn at(usual: &Target, endpoint: &str) -> Result<Target, String> {
    fedhub::config::endpoint::check(endpoint)?;
    Ok(usual.at(endpoint))
}

/// What a file is called that nobody has named, by the time.
fn file_name(now: i64, zone: &TimeZone) -> String {
    let time = Timestamp::from_microsecond(now).unwrap_or_default().to_zoned(zone.clone());
    time.strftime("busmon-%Y%m%d-%H%M%S.ndjson").to_string()
}
