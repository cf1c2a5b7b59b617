//! What tests of consumers have in common: messages as a journal gives them, and consumers from settings.

use fedhub::Result;
use fedhub::config::Config;
use fedhub::journal::{Identity, Record, UNCHECKED};
use fedhub::message::Message;

use crate::hub::consumer::{Consumer, Context, Kind, LeftOut};
use crate::hub::rules::Rules;

/// A message nobody has checked.
pub(super) fn record(seq: i64, body: &str) -> Record {
    let message = Message::new("org.x.t", body);
    let identity = Identity::of(&message, UNCHECKED);
    let verdict = UNCHECKED.into();
    Record { seq, received: 0, endpoint: None, verdict, message, identity, conflict: false }
}

/// A consumer of this kind with these settings.
pub(super) fn build(kind: &Kind, settings: &str) -> Result<Box<dyn Consumer>> {
    let settings = toml::from_str(&format!("type = \"{}\"\n{settings}", kind.name)).unwrap();
    let (config, left_out, rules) = (Config::default(), LeftOut::default(), Rules::default());
    (kind.build)(Context {
        name: "test",
        settings: &settings,
        config: &config,
        rules: &rules,
        left_out: &left_out,
    })
}
