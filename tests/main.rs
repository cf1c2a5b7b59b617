//! End-to-end tests on the real binary, a file for each theme.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests say what they skipped")]

mod archive;
mod archive_check;
mod busmon;
mod canonical;
mod catch_up;
mod certs;
mod chaos;
mod colorizer;
mod completion;
mod config;
mod consumers;
mod describe;
mod durable;
mod export;
mod fedmsg_config;
mod filter;
mod gaps;
mod generated;
mod harness;
mod health;
mod heartbeats;
mod hooks;
mod hostile;
mod hub;
mod import;
mod journal;
mod manual;
mod memcached;
mod old_names;
mod packages;
mod postgres;
mod proxy;
mod publish;
mod publishers;
mod python_peer;
mod query;
mod receipts;
mod relay;
mod replay;
mod serve;
mod services;
mod small_disk;
mod terminal;
mod up;
mod verify;
