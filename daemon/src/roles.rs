//! The roles a daemon can have: one file each, and one line in [`ALL`].

mod colorizer;
mod exec;
#[cfg(test)]
mod fixtures;
mod forward;
mod gateway;
pub mod hub;
mod nommer;
mod onward;
mod relay;
pub mod serve;
mod stuffer;
mod webhook;

use fedhub::Result;
use fedhub::config::Config;

use crate::hub::consumer;
use crate::supervisor::Task;

/// One role.
pub struct Role {
    /// Its name: the subcommand, and what logs call it.
    pub name: &'static str,
    /// Binds and opens everything it needs. Its tasks are stopped in their order.
    pub build: fn(&Config) -> Result<Vec<Task>>,
}

/// Receives from publishers that connect, and publishes to subscribers that connect.
pub const RELAY: Role = Role { name: "relay", build: relay::build };

/// Subscribes to every publisher, and publishes to outside subscribers on one port.
pub const GATEWAY: Role = Role { name: "gateway", build: gateway::build };

/// Every kind of consumer a hub can have.
pub const CONSUMERS: [consumer::Kind; 6] =
    [exec::KIND, webhook::KIND, onward::KIND, nommer::KIND, colorizer::KIND, stuffer::KIND];

/// Every role there is, in the order they are stopped: first what receives from publishers.
pub const ALL: [Role; 2] = [RELAY, GATEWAY];
