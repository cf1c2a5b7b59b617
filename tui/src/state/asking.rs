//! Typing a command, a filter or a text to search, and what becomes of it.

use std::collections::HashSet;
use std::sync::Arc;

use fedhub::filter::{Filter, Spec};
use fedhub::meta::Meta;
use fedhub::{Error, Kind, when};

use super::edit::Change;
use super::prompt::{Ask, Prompt};
use super::{Effect, State, View, say};
use crate::action::{ALL, Action, Request, Scope, nearest};

/// What a key does to the line that is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typing {
    /// Text is typed or pasted.
    Text(String),
    /// Something is moved or deleted.
    Edit(Change),
    /// The next possibility, or the one before.
    Complete {
        /// Whether it is the one before.
        back: bool,
    },
    /// What was typed before, or after that.
    Past {
        /// Whether it is what was typed after.
        newer: bool,
    },
    /// The line is done.
    Accept,
    /// The line is not wanted any more.
    Cancel,
}

impl State {
    /// Asks for a line, unless it was given already.
    pub(super) fn ask(&mut self, action: Action, argument: Option<String>) {
        let ask = if action == Action::Command { Ask::Command } else { Ask::For(action) };
        if let Some(argument) = argument {
            if let Err(why) = self.accept(ask, &argument) {
                self.notice = Some(why);
            }
            return;
        }
        let begin = match (action, self.stream.filter()) {
            (Action::Filter, Some((text, _))) => text.to_owned(),
            (Action::Export | Action::Replay, _) => self.task_begin(action),
            (Action::Since, _) => self.archive.since.map_or(String::new(), when::show),
            (Action::Until, _) => self.archive.until.map_or(String::new(), when::show),
            _ => String::new(),
        };
        self.prompt = Some(Prompt::new(ask, &begin));
    }

    /// Does what a key does to the line that is being typed.
    pub fn typed(&mut self, typing: Typing) {
        let Some(mut prompt) = self.prompt.take() else { return };
        match typing {
            Typing::Text(text) => {
                prompt.edit.insert(&text);
                self.changed(&mut prompt);
            }
            // Nothing is left to take back but the question itself.
            Typing::Edit(Change::Backspace) if prompt.edit.text().is_empty() => {
                return self.cancel(&prompt);
            }
            Typing::Edit(change) => {
                prompt.edit.change(change);
                self.changed(&mut prompt);
            }
            Typing::Complete { back } => {
                prompt.complete(back, &self.seen);
                self.preview(&mut prompt);
            }
            Typing::Past { newer } => {
                prompt.go_back(if newer { -1 } else { 1 }, &self.past);
                self.preview(&mut prompt);
            }
            Typing::Cancel => return self.cancel(&prompt),
            Typing::Accept => {
                let text = prompt.edit.text().to_owned();
                match self.accept(prompt.ask, &text) {
                    Ok(()) => {
                        self.past.remember(prompt.ask, &text);
                        self.effects.push(Effect::Remember);
                        return;
                    }
                    Err(why) => prompt.wrong = Some(why),
                }
            }
        }
        self.prompt = Some(prompt);
    }

    fn changed(&mut self, prompt: &mut Prompt) {
        prompt.changed();
        self.preview(prompt);
    }

    /// Shows what the line would do, where that takes nothing away.
    fn preview(&mut self, prompt: &mut Prompt) {
        match prompt.ask {
            Ask::For(Action::Filter) => prompt.wrong = self.set_filter(prompt.edit.text()).err(),
            Ask::For(Action::Search) => self.stream.set_search(prompt.edit.text()),
            _ => {}
        }
    }

    /// Undoes what was previewed.
    fn cancel(&mut self, prompt: &Prompt) {
        match prompt.ask {
            // It was a filter before.
            Ask::For(Action::Filter) => drop(self.set_filter(&prompt.before)),
            Ask::For(Action::Search) => self.stream.set_search(""),
            _ => {}
        }
    }

    /// Does what a finished line says.
    fn accept(&mut self, ask: Ask, text: &str) -> Result<(), String> {
        match ask {
            Ask::Command => self.command(text),
            Ask::For(Action::Filter) => self.set_filter(text),
            Ask::For(Action::Search) => {
                self.stream.set_search(text);
                Ok(())
            }
            Ask::For(Action::GoToTime) => self.go_to_time(text),
            Ask::For(Action::Export) => self.export(text),
            Ask::For(Action::Replay) => self.replay(text),
            Ask::For(action @ (Action::Since | Action::Until)) => self.set_bound(action, text),
            Ask::For(action) => {
                self.apply(Request { action, argument: Some(text.to_owned()) });
                Ok(())
            }
        }
    }

    /// Does an action by its name.
    fn command(&mut self, text: &str) -> Result<(), String> {
        let (name, argument) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if name.is_empty() {
            return Ok(());
        }
        let Some(known) = Action::named(name) else {
            let near = nearest(name, ALL.iter().map(|known| known.name));
            let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
            return Err(format!("there is no {name}{near}"));
        };
        let argument = Some(argument.trim().to_owned()).filter(|argument| !argument.is_empty());
        if argument.is_some() && known.argument.is_empty() {
            return Err(format!("{name} takes nothing behind it"));
        }
        self.apply(Request { action: known.action, argument });
        Ok(())
    }

    /// Asks the archive for no message before this time, or after it; without one, for all.
    fn set_bound(&mut self, action: Action, text: &str) -> Result<(), String> {
        let time = match text.trim() {
            "" => None,
            text => Some(when::parse_local(text, self.now, &self.zone)?),
        };
        match action {
            Action::Since => self.archive.since = time,
            _ => self.archive.until = time,
        }
        self.open_view(View::Archive);
        Ok(())
    }

    /// Shows only what these words ask for; with none, everything.
    pub fn set_filter(&mut self, text: &str) -> Result<(), String> {
        if self.stream.filter().map_or("", |(before, _)| before) == text.trim() {
            return Ok(());
        }
        let filter = self.build(text).map_err(|error| say(&error))?;
        self.stream.set_filter(filter);
        self.detail.refresh();
        Ok(())
    }

    fn build(&self, text: &str) -> fedhub::Result<Option<(String, Filter)>> {
        let spec = Filter::parse(&[text])?;
        if spec.is_empty() {
            return Ok(None);
        }
        let filter = Filter::new(&spec, || self.rules())?;
        Ok(Some((text.trim().to_owned(), filter)))
    }

    fn rules(&self) -> fedhub::Result<Arc<Meta>> {
        let meta = self.abouts.meta().map(Arc::clone);
        meta.ok_or_else(|| Error::new(Kind::TryAgain, "the rules are not loaded yet"))
    }

    pub(super) fn clear_filter(&mut self) {
        self.stream.set_filter(None);
        self.detail.refresh();
    }

    /// Shows the messages of the topic that is selected, and no others; what else the filter asks for stays.
    pub(super) fn narrow(&mut self) {
        let Some(topic) = self.topics.clause(false) else { return };
        let before = Spec { topic: Vec::new(), not_topic: Vec::new(), ..self.filter_spec() };
        let spec =
            Spec { category: Vec::new(), not_category: Vec::new(), topic: topic.topic, ..before };
        self.use_filter(&spec);
        self.open_view(View::Stream);
    }

    /// Adds the value of the selected line, or the topic, to the filter; with `not`, to what is left out.
    pub(super) fn filter_by_line(&mut self, not: bool) {
        let more = match self.scope() {
            Scope::View(View::Topics) => self.topics.clause(not),
            _ => self.detail.clause(not),
        };
        let Some(more) = more else {
            self.notice = Some("this line has no value to filter by".into());
            return;
        };
        let mut spec = self.filter_spec();
        add(&mut spec, more);
        self.use_filter(&spec);
    }

    /// What the filter asks for.
    pub(super) fn filter_spec(&self) -> Spec {
        let before = self.stream.filter().map(|(text, _)| text).unwrap_or_default();
        // What is there was read before.
        Filter::parse(&[before]).unwrap_or_default()
    }

    /// Takes this filter as if it was typed.
    fn use_filter(&mut self, spec: &Spec) {
        match self.set_filter(&spec.to_string()) {
            Ok(()) => {
                self.past.remember(Ask::For(Action::Filter), &spec.to_string());
                self.notice = Some(format!("filter: {spec}"));
            }
            Err(why) => self.notice = Some(why),
        }
    }
}

/// Adds clauses; asking twice for the same is asking once.
fn add(spec: &mut Spec, more: Spec) {
    spec.merge(more);
    let lists = [
        &mut spec.topic,
        &mut spec.not_topic,
        &mut spec.category,
        &mut spec.not_category,
        &mut spec.user,
        &mut spec.not_user,
        &mut spec.package,
        &mut spec.not_package,
        &mut spec.expressions,
    ];
    for list in lists {
        let mut seen = HashSet::new();
        list.retain(|value| seen.insert(value.clone()));
    }
}
