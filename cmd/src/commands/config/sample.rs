//! The sample settings file: every key with its meaning and built-in value.

use std::fmt::Write;

use fedhub::config::Config;
use fedhub::config::keys::{KEYS, Key, SECTIONS};
use toml::Value;

const WIDTH: usize = 98;

/// The text of the sample file.
pub(crate) fn sample() -> anyhow::Result<String> {
    let built_in = Value::try_from(Config::default())?;
    let mut text = String::from(
        "# Settings of fedhub. Every key is shown with its built-in value, commented out; a key that\n\
         # has none shows an example. Put your own in /etc/fedhub/*.toml or ~/.config/fedhub/*.toml.\n\
         # `fedhub config explain KEY` says what is in force and where it was set.\n",
    );
    let mut table = "";
    for key in KEYS {
        if let Some((_, title)) = SECTIONS.iter().find(|(first, _)| *first == key.name) {
            write!(text, "\n## {title}\n")?;
        }
        let (section, name) = key.name.split_once('.').unwrap_or(("", key.name));
        if section != table {
            table = section;
            write!(text, "\n[{section}]\n")?;
        }
        write!(text, "\n{}", wrapped(key.meaning))?;
        writeln!(text, "#{name} = {}", value(key, &built_in))?;
    }
    Ok(text)
}

/// What stands behind a key: its built-in value, or an example.
pub(crate) fn value(key: &Key, built_in: &Value) -> String {
    let value = key.name.split('.').try_fold(built_in, |value, part| value.get(part));
    match value {
        Some(Value::Table(table)) if table.is_empty() && !key.example.is_empty() => {
            key.example.into()
        }
        Some(value) => value.to_string(),
        None => key.example.into(),
    }
}

/// The text as comment lines.
fn wrapped(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            lines += &line;
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line += word;
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_valid_with_its_comments_removed() {
        let text = sample().unwrap();
        let live: String = text
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(setting) if !setting.starts_with([' ', '#']) => format!("{setting}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let config: Config = toml::from_str(&live).unwrap();
        assert_eq!(config.relay_inbound, Config::default().relay_inbound);
        assert_eq!(config.gateway.port, 9940);
        assert!(text.lines().all(|line| line.len() <= WIDTH + 2), "{text}");
    }
}
