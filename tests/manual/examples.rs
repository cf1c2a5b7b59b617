//! The examples, as they stand in the manual pages and in the README.

use std::path::Path;

/// Examples that are not run, each with the reason. Their options are read all the same.
const NOT_RUN: [(&str, &str); 6] = [
    ("fedhub import 'https", "it asks a service on the internet"),
    ("fedhub import postgresql:", "it asks a database elsewhere"),
    ("fedhub busmon", "it takes a terminal"),
    ("fedhub bench", "it takes minutes"),
    ("make ", "it is a task of its own"),
    ("fedhub up", "tests/up.rs does"),
];

/// Examples whose answer is not 0, with the answer.
const NOT_ZERO: [(&str, i32); 1] = [("fedhub filter lint 'user=alice user!=alice'", 1)];

/// One example.
#[derive(Debug)]
pub(super) struct Example {
    /// The file it stands in.
    pub(super) page: String,
    /// What is typed.
    pub(super) command: String,
}

impl Example {
    /// Whether it is run. Of any other the options are read, at least.
    pub(super) fn is_run(&self) -> bool {
        let mut named = NOT_RUN.iter().map(|(beginning, _)| *beginning);
        let is = |beginning: &str| {
            let here = self.command.find(beginning);
            here == Some(0) || here.is_some() && beginning.starts_with("fedhub ")
        };
        !named.any(is) || self.command.contains("--keys")
    }

    /// What it ends with.
    pub(super) fn exit_code(&self) -> i32 {
        let named = NOT_ZERO.iter().find(|(beginning, _)| self.command.starts_with(beginning));
        named.map_or(0, |(_, code)| *code)
    }

    /// Whether it goes on until it is interrupted.
    pub(super) fn goes_on(&self) -> bool {
        let command = &self.command;
        let bounded = ["--count", "--until", "--dry-run"].iter().any(|word| command.contains(word));
        let lasting = ["fedhub tail", "fedhub record", "tail -f ", "curl -N"];
        self.is_service() || !bounded && lasting.iter().any(|word| command.contains(word))
    }

    /// Whether it is a service, which needs the ports of a bus for itself.
    pub(super) fn is_service(&self) -> bool {
        let services = ["relay", "gateway", "hub", "nommer", "serve", "up"];
        let last = self.command.rsplit("&& ").next().unwrap_or_default();
        services.iter().any(|name| {
            last.strip_prefix("fedhub ").and_then(|rest| rest.split(' ').next()) == Some(name)
        })
    }
}

/// All of them.
pub(super) fn all(project: &Path) -> Vec<Example> {
    let mut all = Vec::new();
    let pages = std::fs::read_dir(project.join("man")).unwrap().flatten();
    let mut pages: Vec<_> = pages.map(|entry| entry.path()).collect();
    pages.sort();
    for page in pages.into_iter().chain([project.join("README.md")]) {
        let name = page.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&page).unwrap();
        let example = |command| Example { page: name.clone(), command };
        all.extend(commands(&text).into_iter().map(example));
    }
    all
}

/// Lines that begin with `$ `, and those of the examples in a command's help.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut in_examples = false;
    for line in text.lines().map(plain) {
        if line.ends_with(':') && !line.starts_with(' ') {
            in_examples = matches!(&*line, "Examples:" | "Example:" | "First steps:");
        }
        let indented = if in_examples { line.strip_prefix("  ") } else { None };
        if let Some(typed) = line.strip_prefix("$ ").or(indented) {
            // What it does stands behind it.
            let typed = typed.split("  ").next().unwrap_or_default();
            if !typed.is_empty() {
                commands.push(typed.to_owned());
            }
        }
    }
    commands
}

/// A line of a manual page as it is read.
fn plain(line: &str) -> String {
    let mut line = line.to_owned();
    for (roff, text) in [
        ("\\-", "-"),
        ("\\*(Aq", "'"),
        ("\\(aq", "'"),
        ("\\(dq", "\""),
        ("\\&", ""),
        ("\\:", ""),
        ("\\e", "\\"),
    ] {
        line = line.replace(roff, text);
    }
    line
}
