//! `fedhub rules`: look at the rules that describe messages, and test them.

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;

use fedhub::error::exit;
use fedhub::meta::Rules;

use super::journal::Output;
use crate::app::App;
use crate::output::escape;

/// Check, test and show the rules that say what messages are about.
///
/// The rules are those of the binary and of the directory `rules_dir`, unless another directory is
/// named.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub rules check
  fedhub rules test --rules ./rules.d
  fedhub rules show org.fedoraproject.prod.bodhi.update.comment
  fedhub rules show bodhi.update.comment")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// Use the rule files of this directory and no others
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Look for mistakes: expressions that are no jq or call what there is not, rules that are never
    /// reached or have neither sample nor summary, bindings that nobody uses. Exit 1 if there are any.
    Check {
        #[command(flatten)]
        output: Output,
    },
    /// Describe the sample messages in the rule files and compare. Exit 1 if a fact is otherwise.
    Test {
        #[command(flatten)]
        output: Output,
    },
    /// Show which rule describes the messages of a topic, and its expressions.
    Show {
        /// A topic, with or without prefix and environment.
        #[arg(add = crate::complete::topics())]
        topic: String,
    },
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let rules = super::describe::rules(args.rules.as_deref(), app)?;
    let out = &mut BufWriter::new(stdout().lock());
    let code = match args.command {
        Command::Check { output } => check(&rules, &output, out)?,
        Command::Test { output } => test(&rules, &output, out)?,
        Command::Show { topic } => {
            let prefix = format!("{}.", app.config()?.topic_prefix);
            let skip = if topic.starts_with(&prefix) { 3 } else { 0 };
            let words: Vec<_> = topic.split('.').skip(skip).map(str::to_owned).collect();
            show(&rules, &words, out)?
        }
    };
    out.flush()?;
    Ok(code)
}

fn check(rules: &Rules, output: &Output, out: &mut impl Write) -> anyhow::Result<u8> {
    let found = rules.check();
    for finding in &found {
        if output.human() {
            writeln!(out, "{}:{}: {}", finding.file, finding.line, escape::text(&finding.text))?;
            if let Some(hint) = &finding.hint {
                writeln!(out, "    {}", escape::text(hint))?;
            }
        } else {
            serde_json::to_writer(&mut *out, finding)?;
            writeln!(out)?;
        }
    }
    if output.human() && found.is_empty() {
        writeln!(out, "nothing is wrong with {} rules", rules.len())?;
    }
    Ok(if found.is_empty() { exit::OK } else { exit::NEGATIVE })
}

fn test(rules: &Rules, output: &Output, out: &mut impl Write) -> anyhow::Result<u8> {
    let tested = rules.test();
    for wrong in &tested.differences {
        if output.human() {
            writeln!(out, "{}:{}: {}", wrong.file, wrong.line, wrong.fact)?;
            writeln!(out, "  expected {}", escape::text(&wrong.expected.to_string()))?;
            writeln!(out, "  found    {}", escape::text(&wrong.found.to_string()))?;
        } else {
            serde_json::to_writer(&mut *out, wrong)?;
            writeln!(out)?;
        }
    }
    let wrong = tested.differences.len();
    if output.human() {
        writeln!(out, "{} samples, {} facts, {wrong} wrong", tested.samples, tested.facts)?;
    }
    Ok(if wrong == 0 { exit::OK } else { exit::NEGATIVE })
}

fn show(rules: &Rules, words: &[String], out: &mut impl Write) -> anyhow::Result<u8> {
    let shown = rules.show(words);
    for (at, rule) in shown.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}:{}: {}", rule.file, rule.line, rule.doc)?;
        for (name, text) in &rule.expressions {
            let text = text.replace('\n', "\n        ");
            writeln!(out, "    {name}: {text}")?;
        }
    }
    if shown.is_empty() {
        writeln!(out, "no rule describes {}", escape::text(&words.join(".")))?;
        return Ok(exit::NEGATIVE);
    }
    Ok(exit::OK)
}
