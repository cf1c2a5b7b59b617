//! stub
#![allow(missing_docs)]
use crate::Result;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
#[derive(Debug, Clone, Default)]
pub struct Host {
    pub hostname: String,
    pub home: Option<PathBuf>,
    pub env: BTreeMap<String, String>,
}
#[derive(Debug, Clone)]
pub struct Origin {
    pub file: PathBuf,
    pub line: usize,
}
#[derive(Debug, Clone)]
pub struct Unread {
    pub file: PathBuf,
    pub line: usize,
    pub text: String,
    pub reason: String,
    pub key: Option<String>,
}
#[derive(Debug, Clone, Default)]
pub struct Reading {
    pub config: toml::Table,
    pub origins: BTreeMap<String, Origin>,
    pub unread: Vec<Unread>,
}
pub fn sources(_f: Option<&Path>, _h: Option<&Path>) -> Vec<PathBuf> {
    vec![]
}
pub fn read(_f: &[PathBuf], _h: &Host) -> Result<Reading> {
    Ok(Reading::default())
}
