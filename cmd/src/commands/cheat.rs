//! `fedhub cheat`: what one forgets, each with a command that can be run.

use std::io::{Write, stdout};

use clap::builder::PossibleValuesParser;
use fedhub::error::exit;

use crate::app::App;

/// Show the commands one forgets, for one topic or all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub cheat
  fedhub cheat filter
  fedhub cheat | grep journal")]
pub(crate) struct Args {
    /// What it is about.
    #[arg(value_name = "TOPIC", value_parser = PossibleValuesParser::new(topics()))]
    topic: Option<String>,
}

/// Something one wants to do.
struct Entry {
    topic: &'static str,
    what: &'static str,
    command: &'static str,
}

const fn entry(topic: &'static str, what: &'static str, command: &'static str) -> Entry {
    Entry { topic, what, command }
}

/// Entries of a topic stand together.
const ENTRIES: [Entry; 26] = [
    entry("try", "a whole bus with sample messages, in one process", "fedhub up --demo"),
    entry("watch", "what happens now, a sentence about each", "fedhub tail --terse"),
    entry("watch", "the last hour, and then live", "fedhub tail --since -1h"),
    entry(
        "watch",
        "wait for one message, then go on",
        "fedhub tail --count 1 --timeout 3600 org.fedoraproject.prod.compose. && make image",
    ),
    entry("watch", "one value of each message", "fedhub tail 'git.receive' --jq .msg.commit.rev"),
    entry(
        "filter",
        "topics, people, packages, jq",
        "fedhub tail 'bodhi.*' user=alice package!=kernel '.msg.update.status == \"stable\"'",
    ),
    entry(
        "filter",
        "how many would have matched in a week",
        "fedhub filter test 'git.* package=kernel' --since -7d",
    ),
    entry(
        "filter",
        "why one message does or does not match",
        "fedhub filter why 'git.* package=kernel' 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33",
    ),
    entry(
        "publish",
        "a line, and know that it is on the relay's disk",
        "fedhub logger --durable --message 'the mirror is up to date'",
    ),
    entry(
        "publish",
        "JSON, under another topic",
        "echo '{\"repo\": \"kernel\"}' | fedhub logger --json-input --modname git --topic receive",
    ),
    entry(
        "publish",
        "from a script that must not wait",
        "fedhub logger --spool /var/spool/fedhub --message pushed",
    ),
    entry(
        "publish",
        "with curl only",
        "curl -H \"Authorization: Bearer $TOKEN\" -d '{\"topic\": \"wiki.edit\", \"msg\": {}}' http://127.0.0.1:9921/publish",
    ),
    entry(
        "hooks",
        "a message for each commit that is pushed",
        "fedhub hook install git /srv/git/rpms/kernel.git",
    ),
    entry("hooks", "publish pushes that were set aside", "fedhub hook run --failed"),
    entry("lost", "what was missed, and what of it came back", "fedhub gaps"),
    entry("lost", "what no relay has taken yet", "fedhub spool flush /var/spool/fedhub"),
    entry("lost", "what a consumer could not deal with", "fedhub quarantine ls"),
    entry(
        "lost",
        "the same message once more",
        "fedhub replay --dry-run 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33",
    ),
    entry(
        "past",
        "what a journal has of a package",
        "fedhub journal ls --since -1d --package kernel",
    ),
    entry(
        "past",
        "the archive as pages and as JSON",
        "fedhub serve --archive sqlite:/var/lib/fedhub/archive.db",
    ),
    entry("health", "is all well", "fedhub check"),
    entry("health", "what will go wrong next", "fedhub doctor"),
    entry("settings", "what is in force, and who says so", "fedhub config show"),
    entry("settings", "what a key means", "fedhub config explain relay.journal"),
    entry(
        "keys",
        "a certificate for one more publisher",
        "fedhub certs issue --dir /etc/pki/fedmsg shell-app01.example.org",
    ),
    entry("keys", "is this message genuine, and whose is it", "fedhub verify message.json"),
];

fn topics() -> Vec<&'static str> {
    let mut topics: Vec<_> = ENTRIES.iter().map(|entry| entry.topic).collect();
    topics.dedup();
    topics
}

pub(crate) fn run(args: Args, _app: &App) -> anyhow::Result<u8> {
    let mut out = stdout().lock();
    let mut last = "";
    for Entry { topic, what, command } in &ENTRIES {
        if args.topic.as_ref().is_some_and(|wanted| wanted != topic) {
            continue;
        }
        if last != *topic {
            let gap = if last.is_empty() { "" } else { "\n" };
            writeln!(out, "{gap}{topic}")?;
            last = topic;
        }
        writeln!(out, "  # {what}\n  {command}")?;
    }
    Ok(exit::OK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::Parser;

    /// The calls of fedhub in a shell's line.
    fn calls(line: &str) -> Vec<Vec<String>> {
        let words = shlex::split(line).unwrap();
        let commands = words.split(|word| ["|", "&&", "||", ";"].contains(&word.as_str()));
        commands.filter(|words| words[0] == "fedhub").map(<[String]>::to_vec).collect()
    }

    #[test]
    fn each_command_is_one_that_fedhub_knows() {
        let mut known = 0;
        for entry in &ENTRIES {
            for call in calls(entry.command) {
                if let Err(error) = Cli::try_parse_from(&call) {
                    panic!("{}: {error}", entry.command);
                }
                known += 1;
            }
        }
        assert!(known >= 20, "{known}");
    }

    #[test]
    fn topics_stand_together() {
        let mut topics = topics();
        topics.sort_unstable();
        let count = topics.len();
        topics.dedup();
        assert_eq!(topics.len(), count);
    }
}
