//! `fedhub filter`: try filters, and learn what they do.

mod lint;
mod test;
mod why;

use crate::app::App;

/// Try a filter on the journal, learn why a message does or does not match, and find mistakes.
///
/// A filter is words: topic patterns, clauses and jq expressions. The words of commands such as
/// tail, the option --filter and the setting filter of a consumer are read the same way, and
/// each clause is an option as well: user=alice is --user alice, user!=bob is --not-user bob.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Topics:
  bodhi.*                       what follows prefix and environment; the * at the end is the rest
  bodhi.*.comment               a * between dots is exactly one word
  org.fedoraproject.prod.git.   the beginning of a whole topic
  ~git\\.(receive|pkgdb2)        a regular expression, anywhere in the whole topic

Clauses, each with = or, to leave out what it names, with !=
  topic=PATTERN                 the same as PATTERN alone
  category=bodhi                the word of the topic after prefix and environment
  user=alice                    who the message has to do with, by the rules
  package=kernel                what packages it has to do with, by the rules
  A value with spaces is put into quotes: user='alice b'.

jq:
  .msg.commit.branch == \"f40\"   what begins as neither a topic nor a clause is jq, up to the
                                next clause or the end of the argument
  where='EXPRESSION'            the same, in quotes
  The expression sees the whole message as ., its topic after prefix and environment as
  $topic, and the words of that as $words. A message matches when one of the values is
  neither null nor false. The option --jq of tail, which prints values, sees the same.

How they go together:
  Of the topics, categories, users, packages and expressions that are named, one of each
  sort has to match: user=alice user=bob is either, user=alice package=kernel is both. For
  two expressions at once write one with `and`. What is left out with != never matches.

Limits:
  An expression that fails, takes longer than 0.1 s for a message or needs more than 16 MB
  counts as no match. Daemons count these as fedhub_filter_failures_total, and name one each
  minute in their log. Functions that could stop a program, or read what is not in the
  message, are refused, and so are filters of more than 1000 values, 32 expressions or 4096
  bytes for one of them.

Examples:
  fedhub filter test 'bodhi.* user=alice' --since -7d
  fedhub filter why 'git.* .msg.commit.branch == \"f40\"' 2026-0b2e4f61-9d5c-4b8e-a9a4-1d9e5f6a7c33
  fedhub filter lint 'user=alice user!=alice'
  fedhub tail 'bodhi.*' user=alice package!=kernel")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Test(test::Args),
    Why(why::Args),
    Lint(lint::Args),
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    match args.command {
        Command::Test(args) => test::run(&args, app),
        Command::Why(args) => why::run(&args, app),
        Command::Lint(args) => lint::run(&args, app),
    }
}
