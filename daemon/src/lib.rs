//! The long-running roles of fedhub and what supervises them.
//!
//! - [`hub`]: how consumers get their messages
//! - [`monitor`]: what a daemon says about itself
//! - [`roles`]: what each role does; building one binds everything, running it comes after
//! - [`supervisor`]: runs tasks until a signal or a failure, and stops them in order
//! - [`ready`]: what the service manager is told
//! - [`demo`]: a stream of signed sample messages

pub mod demo;
pub mod hub;
pub mod monitor;
pub mod ready;
pub mod roles;
pub mod supervisor;
