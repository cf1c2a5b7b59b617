//! `fedhub announce`: publish an announcement.

use std::io::Read;

use anyhow::Context;
use fedhub::canonical::{MAX_BYTES, Object, Value};
use fedhub::error::exit;
use fedhub::{Error, Kind};

use super::logger::{Options, Outlet, Way};
use crate::app::App;
use crate::output;

/// Publish an announcement: a text, and a link to more.
///
/// Without --message the text is read from stdin, all of it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub announce --message 'Version 2 is out' --link https://example.org/2
  fedhub announce --link https://example.org/outage < outage.txt
  fedhub announce --message 'Version 2 is out' --durable")]
pub(crate) struct Args {
    /// The text.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// An address with more about it.
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// Sign with the key of certnames."PREFIX.HOST" [default: cert_prefix, else announce].
    #[arg(long, value_name = "PREFIX")]
    cert_prefix: Option<String>,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let text = match args.message {
        Some(text) => text,
        None => {
            let mut text = Vec::new();
            // One byte more than is allowed, so that what is too large is refused when it is sent.
            let limit = MAX_BYTES as u64 + 1;
            output::open(None)?.take(limit).read_to_end(&mut text).context("cannot read stdin")?;
            String::from_utf8(text)
                .map_err(|error| Error::new(Kind::Data, "the text is not UTF-8").because(error))?
                .trim_end()
                .to_owned()
        }
    };
    if text.is_empty() {
        return Err(Error::new(Kind::Data, "the announcement is empty; nothing was sent").into());
    }
    let config = app.config()?;
    let prefix = args.cert_prefix.as_deref().or(config.cert_prefix.as_deref());
    let prefix = prefix.unwrap_or("announce");
    let way = Way::open(&args.options, config, None)?;
    let mut outlet = Outlet::open(app, config, prefix, config.name.as_deref(), way)?;
    let mut msg = Object::new();
    msg.insert("link", args.link.map_or(Value::Null, Value::from));
    msg.insert("message", text);
    outlet.send("announce.announcement", msg.into())?;
    outlet.close()?;
    Ok(exit::OK)
}
