//! The options by which every command lets its user select messages.

use fedhub::filter::{Filter, Spec};

use crate::app::App;

/// Which messages. Of the values of one option one is enough; each option that is given counts.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which messages (fedhub filter --help has the syntax)")]
pub(crate) struct FilterArgs {
    /// Only messages that match this; repeatable.
    ///
    /// For example: bodhi.* user=alice package!=kernel .msg.commit.branch=="f40". Its words are topic
    /// patterns; topic=, category=, user= and package= with a value, or with != to leave it out; and
    /// expressions of jq. It asks for the same as the options.
    #[arg(long, value_name = "FILTER")]
    filter: Vec<String>,
    /// Only these topics: bodhi.* after prefix and environment, the beginning of a whole topic, or
    /// ~REGEX; a * between dots stands for one word.
    #[arg(long, value_name = "PATTERN", add = crate::complete::topics())]
    topic: Vec<String>,
    /// Without these topics.
    #[arg(long, value_name = "PATTERN", add = crate::complete::topics())]
    not_topic: Vec<String>,
    /// Only these categories: the word of the topic after prefix and environment, such as bodhi.
    #[arg(long, value_name = "NAME", visible_alias = "categories", value_delimiter = ',')]
    category: Vec<String>,
    /// Without these categories.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    not_category: Vec<String>,
    /// Only messages that have to do with one of these users.
    #[arg(long, value_name = "NAME", visible_alias = "users", value_delimiter = ',')]
    user: Vec<String>,
    /// Without messages that have to do with one of these users.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    not_user: Vec<String>,
    /// Only messages that have to do with one of these packages.
    #[arg(long, value_name = "NAME", visible_alias = "packages", value_delimiter = ',')]
    package: Vec<String>,
    /// Without messages that have to do with one of these packages.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    not_package: Vec<String>,
    /// Only messages for which this jq expression is true, such as '.msg.commit.branch == "f40"';
    /// one that fails or takes too long is not true.
    #[arg(long = "where", value_name = "JQ")]
    expression: Vec<String>,
}

impl FilterArgs {
    /// What is asked for, with the words that came as arguments.
    pub(crate) fn spec(&self, words: &[String]) -> fedhub::Result<Spec> {
        let mut spec = Filter::parse(&self.filter)?;
        spec.merge(Filter::parse(words)?);
        let trimmed = |names: &[String]| names.iter().map(|name| name.trim().to_owned()).collect();
        spec.merge(Spec {
            topic: self.topic.clone(),
            not_topic: self.not_topic.clone(),
            category: trimmed(&self.category),
            not_category: trimmed(&self.not_category),
            user: trimmed(&self.user),
            not_user: trimmed(&self.not_user),
            package: trimmed(&self.package),
            not_package: trimmed(&self.not_package),
            expressions: self.expression.clone(),
        });
        Ok(spec)
    }

    /// The filter, with the words that came as arguments.
    pub(crate) fn build(&self, words: &[String], app: &App) -> fedhub::Result<Filter> {
        Filter::new(&self.spec(words)?, || app.meta())
    }
}
