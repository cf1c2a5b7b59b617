//! The filters of consumers, which share the rules.

use fedhub::config::{self, Config};
use fedhub::filter::Filter;
use fedhub::{Kind, Result};

use super::rules::Rules;

/// Makes filters; the rules are made when the first filter needs them.
pub(super) struct Filters<'a> {
    config: &'a Config,
    rules: &'a Rules,
}

impl<'a> Filters<'a> {
    /// With these rules.
    pub(super) fn new(config: &'a Config, rules: &'a Rules) -> Self {
        Self { config, rules }
    }

    /// What a consumer wants to see.
    pub(super) fn of(&self, settings: &config::Consumer) -> Result<Filter> {
        let spec = Filter::parse(&settings.filter);
        let filter = spec.and_then(|spec| Filter::new(&spec, || self.rules.meta(self.config)));
        filter.map_err(|error| error.of_kind(Kind::Config))
    }
}
