//! The relay: publishers that live only for a moment connect here, subscribers there.
//!
//! The two frames go through untouched. With `relay.sign` each body is signed afresh instead, for
//! publishers that have no certificate.

mod publish;
mod spool;

use fedhub::bus::{ForwarderOptions, Given, Inbound, Malformed, Rewrite, Settings};
use fedhub::canonical::{Object, Value, parse, to_vec};
use fedhub::config::Config;
use fedhub::crypto::Signer;
use fedhub::{Error, Kind, Result};

use super::forward;
use crate::supervisor::Task;
use crate::{given, replay};

/// The entry in `certnames` whose key signs; fedmsg's name for it.
pub(super) const CERTNAME: &str = "signing_relay";

pub(super) fn build(config: &Config) -> Result<Vec<Task>> {
    let rewrite = if config.relay.sign { Some(signing(config)?) } else { None };
    let stream = forward::stream("relay");
    let journal = config.relay.journal.as_ref();
    let options = ForwarderOptions {
        settings: Settings::from(config),
        heartbeats: forward::heartbeats(config, "relay", &stream)?,
        stream,
        inbound: Inbound::Bind(config.relay_inbound.0.clone()),
        outbound: config.relay_outbound(),
        outbound_high_water_mark: None,
        // A receipt says that a message is in the journal.
        receipts: journal.map_or_else(Vec::new, |_| config.relay.receipts.0.clone()),
        given: Given::new(given::listeners()?),
        rewrite,
    };
    let (task, receipts) = forward::task("relay", options, journal, config)?;
    let publish = publish::configured(&receipts, config)?;
    let spool = spool::configured(&receipts, config)?;
    let replay = config.relay.replay.as_deref();
    let replay = replay::configured("relay replay", replay, journal, config)?;
    Ok(publish.into_iter().chain(spool).chain([task]).chain(replay).collect())
}

fn signing(config: &Config) -> Result<Rewrite> {
    let certname = config.certnames.get(CERTNAME).ok_or_else(|| {
        Error::new(
            Kind::Config,
            format!("relay.sign needs a key, but certnames.{CERTNAME} is not set"),
        )
        .hint("fedhub config explain certnames")
    })?;
    let signer = Signer::from_settings(config, certname)?;
    let limit = Settings::from(config).max_message_size;
    Ok(Box::new(move |topic, body| {
        let body = sign(&signer, topic, body)?;
        // Signing makes it longer, and readers drop what is too long.
        if topic.len() + body.len() > limit { Err(Malformed::Oversize) } else { Ok(body) }
    }))
}

/// Signs a body in place of whoever signed it before. What is not an envelope becomes the content of
/// one, as fedmsg's relay does it.
fn sign(signer: &Signer, topic: &str, body: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut envelope = match parse(body).map_err(|_| Malformed::NotJson)? {
        Value::Object(envelope) if envelope.get("topic").is_some() => envelope,
        other => {
            let mut envelope = Object::new();
            envelope.insert("topic", topic);
            envelope.insert("msg", other);
            envelope
        }
    };
    envelope.remove("signature");
    envelope.remove("certificate");
    signer.sign(&mut envelope).map_err(|_| Malformed::NotJson)?;
    Ok(to_vec(&Value::Object(envelope)))
}
