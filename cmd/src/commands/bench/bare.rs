//! The limit of the machine: libzmq with nothing around it. Each runs until it is killed.

use anyhow::Result;

/// Where the plain forwarder listens.
#[derive(Debug, clap::Args)]
pub(crate) struct ForwarderArgs {
    /// Bind here for publishers.
    #[arg(long, conflicts_with = "connect", required_unless_present = "connect")]
    inbound: Option<String>,
    /// Or subscribe to this publisher.
    #[arg(long)]
    connect: Option<String>,
    /// Bind here for subscribers.
    #[arg(long)]
    outbound: String,
    /// Messages that may wait for each peer, as fedhub has it.
    #[arg(long)]
    high_water_mark: i32,
}

/// Where the plain subscriber connects.
#[derive(Debug, clap::Args)]
pub(crate) struct SubscriberArgs {
    /// The publisher.
    #[arg(long)]
    endpoint: String,
}

/// SUB to PUB by libzmq's own proxy.
pub(super) fn forward(args: &ForwarderArgs) -> Result<u8> {
    let context = zmq::Context::new();
    let inbound = context.socket(zmq::SUB)?;
    inbound.set_subscribe(b"")?;
    inbound.set_rcvhwm(args.high_water_mark)?;
    if let Some(endpoint) = &args.inbound {
        inbound.bind(endpoint)?;
    }
    if let Some(endpoint) = &args.connect {
        inbound.connect(endpoint)?;
    }
    let outbound = context.socket(zmq::PUB)?;
    outbound.set_sndhwm(args.high_water_mark)?;
    outbound.bind(&args.outbound)?;
    zmq::proxy(&inbound, &outbound)?;
    Ok(0)
}

/// Receives and forgets.
pub(super) fn subscribe(args: &SubscriberArgs) -> Result<u8> {
    let context = zmq::Context::new();
    let socket = context.socket(zmq::SUB)?;
    socket.set_subscribe(b"")?;
    socket.connect(&args.endpoint)?;
    let mut frame = zmq::Message::new();
    loop {
        socket.recv(&mut frame, 0)?;
    }
}
