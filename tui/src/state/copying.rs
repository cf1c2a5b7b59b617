//! Copying something of the selected message, and opening its link.

use fedhub::canonical::to_vec;
use fedhub::escape;

use super::{Effect, State};
use crate::{clipboard, open};

/// What can be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Copied {
    Id,
    Topic,
    Summary,
    Link,
    Json,
    /// What the selected line of the message pane has.
    Value,
}

impl Copied {
    /// All of them.
    pub const ALL: [Copied; 6] =
        [Copied::Id, Copied::Topic, Copied::Summary, Copied::Link, Copied::Json, Copied::Value];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Copied::Id => "id",
            Copied::Topic => "topic",
            Copied::Summary => "summary",
            Copied::Link => "link",
            Copied::Json => "json",
            Copied::Value => "value",
        }
    }
}

impl State {
    /// Copies what is named; without a name, the value of the selected line, or the message's id.
    pub(super) fn copy(&mut self, name: Option<&str>) {
        let usual = if self.detail_focus { Copied::Value } else { Copied::Id };
        let named = |name: &str| Copied::ALL.into_iter().find(|one| one.name() == name.trim());
        let outcome = match name.map_or(Some(usual), named) {
            Some(what) => self.copied(what).and_then(|text| {
                let sequence = clipboard::sequence(&text, self.in_tmux)?;
                self.effects.push(Effect::Say(sequence));
                Ok(match what {
                    Copied::Json => format!("copied {} bytes of JSON", text.len()),
                    _ => format!("copied {}: {text}", what.name()),
                })
            }),
            None => {
                let names = Copied::ALL.map(Copied::name).join(", ");
                Err(format!("{} cannot be copied: {names}", name.unwrap_or_default()))
            }
        };
        self.notice = Some(outcome.unwrap_or_else(|why| why));
    }

    /// The text that is copied. It has no control characters: where it is pasted may be a shell.
    fn copied(&mut self, what: Copied) -> Result<String, String> {
        let (position, entry) = self.selected().ok_or("there is no message here")?;
        let message = entry.opened();
        let text = match what {
            Copied::Id => message.msg_id().ok_or("the message has no id")?.to_owned(),
            Copied::Topic => message.topic().to_owned(),
            Copied::Link => self.link()?,
            Copied::Json => {
                let value = message.value().map_err(|_| "the message is not JSON")?;
                String::from_utf8_lossy(&to_vec(value)).into_owned()
            }
            Copied::Summary => {
                let about = self.abouts.get(position, &entry).ok_or(UNKNOWN)?;
                about.facts.summary.clone()
            }
            Copied::Value => self.detail.value().ok_or("open a message and select a line")?,
        };
        Ok(escape::text(&text))
    }

    /// The link of the selected message.
    fn link(&mut self) -> Result<String, String> {
        let (position, entry) = self.selected().ok_or("there is no message here")?;
        let about = self.abouts.get(position, &entry).ok_or(UNKNOWN)?;
        let link = about.facts.link.as_deref().filter(|link| !link.is_empty());
        let link = link.ok_or("the message has no link")?;
        Ok(open::checked(link)?.to_owned())
    }

    /// Opens the link of the selected message, or says what it is.
    pub(super) fn open_link(&mut self) {
        self.notice = Some(match self.link() {
            Ok(link) if self.opener.is_empty() => {
                format!("no program opens links here; :copy link copies {link}")
            }
            Ok(link) => match open::start(&self.opener, &link) {
                Ok(work) => {
                    self.opening = Some(work);
                    format!("{link} is opened by {}", self.opener.join(" "))
                }
                Err(error) => format!("{}; :copy link copies {link}", error.explained()),
            },
            Err(why) => why,
        });
    }
}

const UNKNOWN: &str = "the message was not looked into yet; try again";
