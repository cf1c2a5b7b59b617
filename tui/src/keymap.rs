//! Which key does what: the table of actions, changed by the file `busmon.toml`.
//!
//! ```toml
//! theme = "dark"
//! mouse = false
//! open = ["firefox", "--new-tab"]
//!
//! [keys]
//! quit = ["Q"]
//! search-next = ["n", "ctrl-n"]
//! ```
//!
//! A key that is given to an action is taken from any other of the same scope.

use std::collections::BTreeMap;
use std::path::Path;

use fedhub::{Error, Kind, Result};
use serde::Deserialize;

use crate::action::{self, Action, Known, Scope, nearest};
use crate::key::Key;
use crate::theme::Theme;

/// A larger file is not one of keys.
const MAX_FILE: u64 = 1024 * 1024;

/// What `busmon.toml` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The keys.
    pub keymap: Keymap,
    /// The theme, if it names one.
    pub theme: Option<Theme>,
    /// Whether the mouse is used, if it says so.
    pub mouse: Option<bool>,
    /// The words of the command that opens a link, if it names one.
    pub open: Option<Vec<String>>,
}

/// The keys with what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    keys: Vec<(Scope, Key, Action)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    theme: Option<String>,
    mouse: Option<bool>,
    open: Option<Vec<String>>,
    #[serde(default)]
    keys: BTreeMap<String, Vec<String>>,
}

impl Default for Keymap {
    fn default() -> Self {
        let mut keys = Vec::new();
        for known in action::ALL {
            // A test reads them all.
            let own = known.keys.iter().filter_map(|key| key.parse().ok());
            keys.extend(own.map(|key| (known.scope, key, known.action)));
        }
        Self { keys }
    }
}

impl Settings {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |error| Error::io(format!("cannot read {}", path.display()), error);
        let size = std::fs::metadata(path).map_err(failed)?.len();
        if size > MAX_FILE {
            let what = format!("{}: {size} bytes are too many for it", path.display());
            return Err(Error::new(Kind::Config, what));
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(&text).map_err(|error| error.about(path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let refuse = |what: String| Error::new(Kind::Config, what);
        let file: File = toml::from_str(text)
            .map_err(|error| refuse("this cannot be read".into()).because(error))?;
        let theme = file.theme.map(|name| Theme::named(&name)).transpose().map_err(refuse)?;
        let mut keymap = Keymap::default();
        for (name, keys) in &file.keys {
            let known = Action::named(name).ok_or_else(|| unknown_action(name))?;
            let keys: Vec<Key> = keys
                .iter()
                .map(|key| key.parse().map_err(|why: String| refuse(format!("keys.{name}: {why}"))))
                .collect::<Result<_>>()?;
            keymap.bind(known, keys);
        }
        Ok(Self { keymap, theme, mouse: file.mouse, open: file.open })
    }
}

fn unknown_action(name: &str) -> Error {
    let error = Error::new(Kind::Config, format!("keys: there is no action {name:?}"));
    match nearest(name, action::ALL.iter().map(|known| known.name)) {
        Some(near) => error.hint(format!("did you mean {near:?}?")),
        None => error.hint("fedhub busmon --keys lists all actions"),
    }
}

impl Keymap {
    /// Gives an action these keys instead of those it has.
    fn bind(&mut self, known: &Known, keys: Vec<Key>) {
        self.keys.retain(|(scope, key, action)| {
            *action != known.action && !(*scope == known.scope && keys.contains(key))
        });
        self.keys.extend(keys.into_iter().map(|key| (known.scope, key, known.action)));
    }

    /// What a key does in a pane.
    pub fn action(&self, key: Key, pane: Scope) -> Option<Action> {
        let of = |wanted| self.keys.iter().find(|(scope, own, _)| *scope == wanted && *own == key);
        std::iter::once(&pane)
            .chain(pane.around())
            .find_map(|scope| of(*scope))
            .map(|(_, _, action)| *action)
    }

    /// The keys of an action, as text.
    pub fn keys(&self, action: Action) -> Vec<String> {
        let own = self.keys.iter().filter(|(_, _, own)| *own == action);
        own.map(|(_, key, _)| key.to_string()).collect()
    }

    /// All actions with their keys: the `[keys]` of a file that changes nothing.
    pub fn to_toml(&self) -> String {
        let mut out = String::from("[keys]\n");
        for known in action::ALL {
            let keys: Vec<String> = self
                .keys(known.action)
                .iter()
                .map(|key| toml::Value::from(key.as_str()).to_string())
                .collect();
            out += &format!("# {}: {}\n", known.scope.name(), known.help);
            out += &format!("{} = [{}]\n", known.name, keys.join(", "));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        text.parse().unwrap()
    }

    #[test]
    fn every_default_key_is_one() {
        let keys = action::ALL.iter().flat_map(|known| known.keys);
        for text in keys {
            assert_eq!(key(text).to_string(), *text);
        }
    }

    #[test]
    fn a_file_changes_keys_theme_and_mouse() {
        let text =
            "theme = \"light\"\nmouse = false\nopen = [\"w3m\"]\n[keys]\nquit = [\"Q\", \"n\"]\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!((settings.theme, settings.mouse), (Some(Theme::Light), Some(false)));
        assert_eq!(settings.open, Some(vec!["w3m".to_owned()]));
        let keymap = settings.keymap;
        assert_eq!(keymap.action(key("Q"), Scope::Detail), Some(Action::Quit));
        assert_eq!(keymap.action(key("q"), Scope::Everywhere), None);
        // It was the key of another action.
        assert_eq!(keymap.action(key("n"), Scope::Everywhere), Some(Action::Quit));
        assert_eq!(keymap.keys(Action::SearchNext), Vec::<String>::new());
    }

    #[test]
    fn what_a_pane_has_goes_before_what_is_everywhere() {
        let keymap = Settings::parse("[keys]\ninclude = [\"j\"]\n").unwrap().keymap;
        assert_eq!(keymap.action(key("j"), Scope::Detail), Some(Action::Include));
        assert_eq!(keymap.action(key("j"), Scope::View(Default::default())), Some(Action::Down));
    }

    #[test]
    fn what_is_printed_reads_as_the_defaults() {
        let printed = Keymap::default().to_toml();
        let mut read = Settings::parse(&printed).unwrap().keymap.keys;
        read.sort_by_key(|(_, key, action)| (key.to_string(), format!("{action:?}")));
        let mut defaults = Keymap::default().keys;
        defaults.sort_by_key(|(_, key, action)| (key.to_string(), format!("{action:?}")));
        assert_eq!(read, defaults);
    }

    #[test]
    fn mistakes_are_named_with_what_was_meant() {
        for (text, what, hint) in [
            ("[keys]\nserch = [\"x\"]", "there is no action \"serch\"", "did you mean \"search\"?"),
            ("[keys]\nquit = [\"ctrl-shoe\"]", "keys.quit: there is no key ctrl-shoe", ""),
            ("theme = \"drak\"", "there is no theme drak; did you mean dark?", ""),
            ("colour = 1", "this cannot be read", ""),
        ] {
            let error = Settings::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Config);
            assert!(error.to_string().contains(what), "{error}");
            assert_eq!(error.next_step().unwrap_or_default(), hint);
        }
    }
}
