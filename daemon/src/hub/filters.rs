//! The filters of consumers, which share the rules.

use std::cell::OnceCell;
use std::sync::Arc;

use fedhub::config::{self, Config};
use fedhub::filter::Filter;
use fedhub::meta::Meta;
use fedhub::{Kind, Result};

/// Makes filters; the rules are made once, when the first filter needs them.
pub(super) struct Filters<'a> {
    config: &'a Config,
    meta: OnceCell<Arc<Meta>>,
}

impl<'a> Filters<'a> {
    /// With the rules that the settings have.
    pub(super) fn new(config: &'a Config) -> Self {
        Self { config, meta: OnceCell::new() }
    }

    /// What a consumer wants to see.
    pub(super) fn of(&self, settings: &config::Consumer) -> Result<Filter> {
        let spec = Filter::parse(&settings.filter);
        let filter = spec.and_then(|spec| Filter::new(&spec, || self.meta()));
        filter.map_err(|error| error.of_kind(Kind::Config))
    }

    fn meta(&self) -> Result<Arc<Meta>> {
        if let Some(meta) = self.meta.get() {
            return Ok(Arc::clone(meta));
        }
        let meta = Arc::new(Meta::configured(self.config)?);
        Ok(Arc::clone(self.meta.get_or_init(|| meta)))
    }
}
