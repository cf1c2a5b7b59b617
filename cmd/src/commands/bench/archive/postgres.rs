//! The same rows in the same transactions by a statement for each table with arrays of values; without
//! counters, and nobody asks whether a message is known.

use anyhow::Result;
use fedhub::store::{self, Archived};
use postgres::{Client, NoTls};

use super::{BATCH, Written, measure};

/// Tables of our own in somebody's database.
pub(super) struct Schema {
    client: Client,
    url: String,
}

/// What they are in.
const NAME: &str = "fedhub_bench";

impl Schema {
    /// Makes them anew.
    pub(super) fn create(database: &str) -> Result<Self> {
        let joint = if database.contains('?') { '&' } else { '?' };
        let url = format!("{database}{joint}options=-csearch_path%3D{NAME}");
        let mut client = Client::connect(&url, NoTls)?;
        client.batch_execute(&format!(
            "DROP SCHEMA IF EXISTS {NAME} CASCADE; CREATE SCHEMA {NAME}"
        ))?;
        Ok(Self { client, url })
    }

    /// The address of an archive in them.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Writes messages into a new archive.
    pub(super) fn insert(mut self, messages: &[Archived]) -> Result<Written> {
        let mut store = store::create(&self.url)?;
        // Makes the partitions; the first message comes once more below.
        let month = 30 * 24 * 3600 * 1_000_000;
        for one in
            messages.iter().scan(0, |last, one| Some((one, std::mem::replace(last, one.time))))
        {
            if one.0.time / month != one.1 / month {
                store.append(std::slice::from_ref(one.0))?;
            }
        }
        drop(store);
        let statements =
            "TRUNCATE message, message_id, message_user, message_package, total, daily";
        self.client.batch_execute(statements)?;
        self.client.batch_execute(store::COMPRESSION)?;
        measure(messages.len(), || {
            messages
                .chunks(BATCH)
                .enumerate()
                .try_for_each(|(number, batch)| batch_of(&mut self.client, number * BATCH, batch))
        })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // Whoever measures next makes them anew.
        let _ = self.client.batch_execute(&format!("DROP SCHEMA IF EXISTS {NAME} CASCADE"));
    }
}

fn batch_of(client: &mut Client, first: usize, batch: &[Archived]) -> Result<()> {
    let ids: Vec<_> = (0..batch.len()).map(|at| (first + at) as i64).collect();
    let msg_ids: Vec<_> = batch.iter().map(|one| one.msg_id.as_str()).collect();
    let times: Vec<_> = batch.iter().map(|one| one.time).collect();
    let received: Vec<_> = batch.iter().map(|one| one.received).collect();
    let topics: Vec<_> = batch.iter().map(|one| one.topic.as_str()).collect();
    let bodies: Vec<_> = batch.iter().map(|one| one.message.body()).collect();
    let texts: Vec<_> =
        batch.iter().map(|one| String::from_utf8_lossy(one.message.body())).collect();
    let texts: Vec<_> = texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>();
    let categories: Vec<_> = batch.iter().map(|one| one.facts.category.as_str()).collect();
    let agents: Vec<_> = batch.iter().map(|one| one.facts.agent.as_deref()).collect();
    let users: Vec<_> = batch.iter().map(|one| format!("{:?}", one.facts.users)).collect();
    let packages: Vec<_> = batch.iter().map(|one| format!("{:?}", one.facts.packages)).collect();
    let verdicts: Vec<_> = batch.iter().map(|one| one.verdict.as_str()).collect();
    let digests: Vec<_> = batch.iter().map(|one| one.digest.as_slice()).collect();
    let mut transaction = client.transaction()?;
    transaction.execute(
        "INSERT INTO message_id (id, msg_id, time)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
        &[&ids, &msg_ids, &times],
    )?;
    transaction.execute(
        "INSERT INTO message (id, msg_id, time, received, topic, body, searched, category, agent,
             users, packages, verdict, digest)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[],
             $6::bytea[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
             $12::text[], $13::bytea[])",
        &[
            &ids,
            &msg_ids,
            &times,
            &received,
            &topics,
            &bodies,
            &texts,
            &categories,
            &agents,
            &users,
            &packages,
            &verdicts,
            &digests,
        ],
    )?;
    for table in ["user", "package"] {
        let (mut names, mut at, mut of) = (Vec::new(), Vec::new(), Vec::new());
        for (one, id) in batch.iter().zip(&ids) {
            let list = if table == "user" { &one.facts.users } else { &one.facts.packages };
            for name in list {
                names.push(name.as_str());
                at.push(one.time);
                of.push(*id);
            }
        }
        let statement = format!(
            "INSERT INTO message_{table} (name, time, id)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])"
        );
        transaction.execute(&statement, &[&names, &at, &of])?;
    }
    Ok(transaction.commit()?)
}
