//! The long-running roles of fedhub and what supervises them.
//!
//! - [`hub`]: how consumers get their messages
//! - [`monitor`]: what a daemon says about itself, on health pages, as metrics and to fedmsg-check
//! - [`replay`]: answering requests for messages of a journal
//! - [`metrics`]: numbers in the text format of Prometheus
//! - [`roles`]: what each role does; building one binds everything, running it comes after
//! - [`supervisor`]: runs tasks until a signal or a failure, and stops them in order
//! - [`demo`]: a stream of signed sample messages

pub mod demo;
mod given;
mod http;
pub mod hub;
pub mod metrics;
pub mod monitor;
mod monitoring;
mod ready;
pub mod replay;
pub mod roles;
mod server;
pub mod supervisor;
mod web;
