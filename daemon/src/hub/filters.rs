//! The filters of consumers, which share the rules.

use std::cell::OnceCell;
use std::sync::Arc;

use fedhub::config;
use fedhub::filter::Filter;
use fedhub::jq::Accounts;
use fedhub::meta::Meta;
use fedhub::{Kind, Result};

/// Makes filters; the rules are made once, when the first filter needs them.
#[derive(Default)]
pub(super) struct Filters {
    meta: OnceCell<Arc<Meta>>,
}

impl Filters {
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
        let meta = Arc::new(Meta::load(None, Accounts::new())?);
        Ok(Arc::clone(self.meta.get_or_init(|| meta)))
    }
}
