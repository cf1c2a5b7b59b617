//! The hub: bus into journal, journal through cursors to consumers.

pub mod consumer;
