//! `fedhub logger`: publish from the command line, a shell script or a hook.

mod durable;

use std::io::{BufRead, Read};
use std::time::Duration;

use fedhub::bus::{Publisher, Settings};
use fedhub::canonical::{MAX_BYTES, Object, Value, parse};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::envelope::Author;
use fedhub::error::exit;
use fedhub::{Error, Kind};

use crate::app::{App, username};
use crate::output;
use durable::Durable;
pub(crate) use durable::Options;

/// Publish log messages through the relay.
///
/// Without --message, each line of stdin is one message. The message is handed over only when a
/// relay listens; if none does in time, nothing is sent and the exit code is 75. A relay with a
/// journal can say that it has the message on its disk: --durable waits for that.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fedhub logger --message 'the mirror is up to date'
  tail -f /var/log/app.log | fedhub logger --modname app
  echo '{\"repo\": \"kernel\", \"branch\": \"f44\"}' | fedhub logger --json-input --modname git --topic receive
  fedhub logger --message 'f44 was pushed' --durable
  fedhub logger --message 'f44 was pushed' --spool /var/spool/fedhub    never blocks, never loses")]
pub(crate) struct Args {
    /// The message.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    /// Take the input as JSON: one document, or one on each line.
    #[arg(long)]
    json_input: bool,
    /// The last part of the topic.
    #[arg(long, default_value = "log")]
    topic: String,
    /// The part of the topic before it.
    #[arg(long, default_value = "logger", value_name = "NAME")]
    modname: String,
    /// Sign with the key of certnames."PREFIX.HOST" [default: cert_prefix, else shell].
    #[arg(long, value_name = "PREFIX")]
    cert_prefix: Option<String>,
    /// Bind the first free endpoint of this name instead of sending to the relay.
    #[arg(long, value_name = "SERVICE.HOST", conflicts_with_all = ["durable", "spool"])]
    name: Option<String>,
    #[command(flatten)]
    options: Options,
}

pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<u8> {
    let config = app.config()?;
    let topic = format!("{}.{}", args.modname, args.topic);
    let mut outlet = Outlet::new(app, &args, config)?;
    if args.json_input {
        let text = match args.message {
            Some(text) => text.into_bytes(),
            None => read_all()?,
        };
        // Everything is parsed before anything is sent.
        for document in documents(&text)? {
            outlet.send(&topic, document)?;
        }
    } else if let Some(text) = args.message {
        outlet.send(&topic, log(&text))?;
    } else {
        let mut input = output::open(None)?;
        let mut line = Vec::new();
        while output::read_line(&mut *input, &mut line)? {
            outlet.send(&topic, log(String::from_utf8_lossy(&line).trim()))?;
        }
    }
    outlet.close()?;
    Ok(exit::OK)
}

/// What a line of text becomes.
fn log(text: &str) -> Value {
    Object::from_iter([("log", text)]).into()
}

fn read_all() -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut input: Box<dyn BufRead> = output::open(None)?;
    // One byte more than is allowed, so that the parser refuses what is too large.
    input.by_ref().take(MAX_BYTES as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// The documents of a text: one, or one on each line that is not blank.
fn documents(text: &[u8]) -> Result<Vec<Value>, Error> {
    let refuse = |error: fedhub::canonical::Error| {
        Error::new(Kind::Data, "the input is not JSON; nothing was sent").because(error)
    };
    let whole_error = match parse(text) {
        Ok(document) => return Ok(vec![document]),
        Err(error) => error,
    };
    let lines: Vec<(usize, &[u8])> = text
        .split(|&byte| byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    // A text whose first line is no document by itself is one document over many lines.
    let Some(Ok(_)) = lines.first().map(|(_, line)| parse(line)) else {
        return Err(refuse(whole_error));
    };
    let document = |(index, line): (usize, &[u8])| {
        parse(line)
            .map_err(|error| refuse(fedhub::canonical::Error { line: index + error.line, ..error }))
    };
    lines.into_iter().map(document).collect()
}

/// Where messages go, signed if there is a key.
pub(crate) struct Outlet {
    way: Way,
    signer: Option<Signer>,
    author: Author,
    sent: u64,
}

/// How they go.
pub(crate) enum Way {
    /// To whoever listens.
    Bus(Publisher),
    /// To a journal.
    Durable(Durable),
}

impl Way {
    /// The way that was asked for: to the relay or, if it is to bind, from the endpoints of that name.
    pub(crate) fn open(
        options: &Options,
        config: &Config,
        bind_as: Option<&str>,
    ) -> Result<Self, Error> {
        if let Some(durable) = Durable::open(options, config)? {
            return Ok(Self::Durable(durable));
        }
        let settings = Settings::from(config);
        let timeout = Duration::from_secs_f64(config.publish_timeout);
        let publisher = match bind_as {
            None => Publisher::connect(&settings, &config.relay_inbound.0, timeout)?,
            Some(name) => {
                let own = config.endpoints.get(name).ok_or_else(|| {
                    Error::new(Kind::Config, format!("endpoints has no entry {name:?}"))
                        .hint("fedhub config explain endpoints")
                })?;
                Publisher::bind_first_free(&settings, &own.0, timeout)?
            }
        };
        Ok(Self::Bus(publisher))
    }
}

impl Outlet {
    fn new(app: &App, args: &Args, config: &Config) -> Result<Self, Error> {
        let prefix =
            args.cert_prefix.as_deref().or(config.cert_prefix.as_deref()).unwrap_or("shell");
        let name = args.name.as_deref().or(config.name.as_deref());
        let way = Way::open(&args.options, config, args.name.as_deref())?;
        Self::open(app, config, prefix, name, way)
    }

    /// An outlet that signs with the key of `prefix` or `name`.
    pub(crate) fn open(
        app: &App,
        config: &Config,
        prefix: &str,
        name: Option<&str>,
        way: Way,
    ) -> Result<Self, Error> {
        let signer = Signer::configured(config, prefix, name, app.short_host())?;
        Ok(Self { way, signer, author: Author::new(config, username()), sent: 0 })
    }

    /// Publishes one message.
    pub(crate) fn send(&mut self, topic: &str, msg: Value) -> Result<(), Error> {
        let (topic, body) = self.author.write(topic, msg, self.signer.as_ref())?;
        let outcome = match &mut self.way {
            Way::Bus(publisher) => publisher.publish(&topic, &body),
            Way::Durable(durable) => durable.send(topic, body),
        };
        outcome.map_err(|error| match self.sent {
            0 => error,
            sent => {
                Error::new(error.kind(), format!("only {sent} messages were sent")).because(error)
            }
        })?;
        self.sent += 1;
        Ok(())
    }

    /// Ends when everything was handed over.
    pub(crate) fn close(self) -> Result<(), Error> {
        match self.way {
            Way::Bus(publisher) => publisher.close(),
            Way::Durable(durable) => {
                durable.close();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> Result<usize, String> {
        use std::error::Error as _;
        documents(text.as_bytes()).map(|all| all.len()).map_err(|e| e.source().unwrap().to_string())
    }

    #[test]
    fn input_is_one_document_or_one_on_each_line() {
        assert_eq!(count("{\n\"a\": 1\n}\n"), Ok(1));
        assert_eq!(count("{\"a\": 1}\n\n{\"b\": 2}\n"), Ok(2));
        assert_eq!(count("{\n\"a\": x\n}"), Err("line 2 column 6: expected a value".into()));
        assert_eq!(
            count("{}\n{]\n"),
            Err("line 2 column 2: expected a key in double quotes".into())
        );
        assert_eq!(count(""), Err("line 1 column 1: expected a value".into()));
    }
}
