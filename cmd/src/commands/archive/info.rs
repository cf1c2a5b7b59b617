//! `fedhub archive info`.

use std::io::{Write, stdout};

use fedhub::error::exit;
use fedhub::store::{Order, Query, Store, Total};
use serde_json::json;

use super::super::journal::Output;
use crate::when::show;

/// Say what the archive has: how many messages, of what time, how large it is, and its partitions.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    output: Output,
}

pub(super) fn run(args: &Args, store: &mut dyn Store) -> anyhow::Result<u8> {
    let all = Query::default();
    let messages = store.count(&all, Total::Exact)?.unwrap_or_default();
    let topics = store.topics()?.len();
    let mut end = |order| -> fedhub::Result<Option<String>> {
        let page = store.query(&all, order, None, 0, 1)?;
        Ok(page.first().map(|one| show(one.time)))
    };
    let (oldest, newest) = (end(Order::Oldest)?, end(Order::Newest)?);
    let about = store.about()?;
    let mut out = stdout().lock();
    if !args.output.human() {
        let partition = |(name, bytes): &(String, u64)| json!({"name": name, "bytes": bytes});
        let partitions: Vec<_> = about.partitions.iter().map(partition).collect();
        let line = json!({
            "messages": messages, "topics": topics, "oldest": oldest, "newest": newest,
            "bytes": about.bytes, "version": about.version, "partitions": partitions,
        });
        writeln!(out, "{line}")?;
        return Ok(exit::OK);
    }
    let none = || "none".to_owned();
    writeln!(out, "messages    {messages} on {topics} topics")?;
    writeln!(out, "oldest      {}", oldest.unwrap_or_else(none))?;
    writeln!(out, "newest      {}", newest.unwrap_or_else(none))?;
    writeln!(out, "size        {}", megabytes(about.bytes))?;
    writeln!(out, "tables      version {}", about.version)?;
    for (name, bytes) in &about.partitions {
        writeln!(out, "partition   {name} {}", megabytes(*bytes))?;
    }
    Ok(exit::OK)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
