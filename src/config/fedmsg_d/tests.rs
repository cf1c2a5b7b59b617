//! Source in, TOML and unread lines out.
#![allow(clippy::unwrap_used)]
use super::*;
